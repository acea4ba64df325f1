import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { createClient } from 'graphql-sse';

import { send } from './send.js';

export function makeClient(url, headers = {}) {
  const events = createClient({ url, credentials: 'include', headers });
  return new Client({
    url,
    fetch: send,
    fetchOptions: { credentials: 'include', headers },
    exchanges: [
      // Lists that go on are asked for their edges: the same query with another after answers all pages so far.
      cacheExchange({ resolvers: { Org: { orders: relayPagination() } } }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({ unsubscribe: events.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  });
}
