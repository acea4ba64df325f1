import { Client, fetchExchange, mapExchange } from '@urql/core';
import { send } from '../../browser/src/send.js';
import { whole } from './session.js';

export { orgId } from './session.js';

// An answer in part is an answer. Refine keeps what it read, so urql keeps nothing.
const parts = mapExchange({
  onResult(result) {
    const { networkError, graphQLErrors } = result.error ?? {};
    return networkError || whole(graphQLErrors).length ? result : { ...result, error: undefined };
  },
});
export const client = new Client({
  url: '/graphql', fetch: send, preferGetMethod: false, requestPolicy: 'network-only',
  exchanges: [parts, fetchExchange],
});
