import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { send } from '../../browser/src/send.js';
import { whole } from './session.js';

export { operations } from './react-admin-operations.js';
export { orgId } from './session.js';

// An answer in part is an answer. React-admin keeps what it read, and lets Apollo Client ask the server each time.
const parts = new ApolloLink((operation, forward) =>
  forward(operation).map((result) => (whole(result.errors).length ? result : { ...result, errors: undefined })),
);
const http = new HttpLink({ uri: '/graphql', fetch: send });
export const client = new ApolloClient({ link: parts.concat(http), cache: new InMemoryCache() });
