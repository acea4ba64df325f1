// @tanstack/react-query and @tanstack/vue-query have all that stands in query-core.
import { QueryClient } from '@tanstack/query-core';
import { GraphQLClient } from 'graphql-request';
import { createClient } from 'graphql-ws';

import * as operations from './orders.js';
import { send } from './send.js';

export function makeClient(url, headers = {}) {
  return {
    // A field that is refused is null, and its siblings are there: both the data and the errors are handed on.
    http: new GraphQLClient(url, { credentials: 'include', headers, fetch: send, errorPolicy: 'all' }),
    socket: createClient({
      url: url.replace(/^http/, 'ws'),
      connectionParams: headers,
      shouldRetry: (event) => event.code !== 4403, // a session that is over stays over
    }),
    queries: new QueryClient({ defaultOptions: { queries: { retry: false } } }), // send tries again
  };
}

// orders returns the options of useInfiniteQuery.
export const orders = ({ http }, org) => ({
  queryKey: ['orders', org],
  queryFn: async ({ pageParam, signal }) => {
    const variables = { org, after: pageParam };
    const { data, errors } = await http.rawRequest({ query: operations.orders, variables, signal });
    return { org: data.org, errors };
  },
  initialPageParam: null,
  getNextPageParam: ({ org }) => (org.orders.pageInfo.hasNextPage ? org.orders.pageInfo.endCursor : undefined),
});

// settling returns the options of useMutation.
export const settling = ({ http, queries }, org) => ({
  mutationFn: async (ids) => (await http.request(operations.settle, { input: { orgId: org, ids } })).settleOrders,
  onSuccess: ({ orders }) => orders.forEach((order) => put(queries, org, order)),
});

// follow puts orders that change into the pages that were read. It answers what leaves the stream.
export function follow({ socket, queries }, org, failed) {
  return socket.subscribe(
    { query: operations.changed, variables: { org } },
    { next: ({ data }) => put(queries, org, data.ordersChanged), error: failed, complete() {} },
  );
}

function put(queries, org, order) {
  const edge = (old) => (old.node.id === order.id ? { ...old, node: { ...old.node, ...order } } : old);
  const list = (old) => ({ ...old, edges: old.edges.map(edge) });
  const page = (old) => ({ ...old, org: { ...old.org, orders: list(old.org.orders) } });
  queries.setQueryData(['orders', org], (read) => read && { ...read, pages: read.pages.map(page) });
}
