// vue-apollo takes Apollo Client 3: npm install @apollo/client@3 @vue/apollo-composable
import { ApolloClient, gql, HttpLink, InMemoryCache, split } from '@apollo/client/core/index.js';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions/index.js';
import { getMainDefinition, relayStylePagination } from '@apollo/client/utilities/index.js';
import { useMutation, useQuery, useSubscription } from '@vue/apollo-composable';
import { createClient } from 'graphql-ws';
import { computed } from 'vue';

import * as operations from '../src/orders.js';
import { send } from '../src/send.js';

export function makeClient(url, headers = {}) {
  const socket = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: headers,
    shouldRetry: (event) => event.code !== 4403, // a session that is over stays over
  });
  const http = new HttpLink({ uri: url, credentials: 'include', headers, fetch: send });
  return new ApolloClient({
    cache: new InMemoryCache({
      typePolicies: { Org: { fields: { orders: relayStylePagination(['filter', 'orderBy']) } } },
    }),
    defaultOptions: {
      watchQuery: { errorPolicy: 'all' },
      query: { errorPolicy: 'all' },
      mutate: { errorPolicy: 'all' },
    },
    link: split(
      ({ query }) => getMainDefinition(query).operation === 'subscription',
      new GraphQLWsLink(socket),
      http,
    ),
  });
}

// useOrders is for the set-up of a component: orders page after page, as they change. What is refused is null, and
// error beside it says why.
export function useOrders(org) {
  const { result, error, fetchMore } = useQuery(gql(operations.orders), { org });
  const page = computed(() => result.value?.org);
  const { mutate } = useMutation(gql(operations.settle));
  useSubscription(gql(operations.changed), { org });
  return {
    page,
    rows: computed(() => (page.value?.orders?.edges ?? []).map(({ node }) => node)),
    error,
    more: () => fetchMore({ variables: { after: page.value.orders.pageInfo.endCursor } }),
    settle: (ids) => mutate({ input: { orgId: org, ids } }),
  };
}
