import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';

import { send } from './send.js';

export function makeClient(url, headers = {}) {
  const socket = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: headers,
    shouldRetry: (event) => event.code !== 4403, // a session that is over stays over
  });
  const http = new HttpLink({ uri: url, credentials: 'include', headers, fetch: send });
  return new ApolloClient({
    // Lists that go on are asked for their edges: fetchMore({ variables: { after } }) appends a page.
    cache: new InMemoryCache({
      typePolicies: { Org: { fields: { orders: relayStylePagination(['filter', 'orderBy']) } } },
    }),
    // A field that is refused is null, and its siblings are there: both the data and the errors are handed on.
    defaultOptions: {
      watchQuery: { errorPolicy: 'all' },
      query: { errorPolicy: 'all' },
      mutate: { errorPolicy: 'all' },
    },
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      http,
    ),
  });
}
