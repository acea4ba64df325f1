import { createClient as createSocket } from 'graphql-ws';
import { cache, createClient, dedup, fetch, handleSubscriptions, useMutation, useQuery, useSubscription } from 'villus';
import { ref } from 'vue';

import * as operations from './orders.js';
import { send } from './send.js';

export function makeClient(url, headers = {}) {
  const socket = createSocket({
    url: url.replace(/^http/, 'ws'),
    connectionParams: headers,
    shouldRetry: (event) => event.code !== 4403, // a session that is over stays over
  });
  const signedIn = ({ opContext }) => {
    Object.assign(opContext, { credentials: 'include', headers: { ...opContext.headers, ...headers } });
  };
  const live = handleSubscriptions(({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
  }));
  const use = [live, signedIn, cache(), dedup(), fetch({ fetch: send })];
  return createClient({ url, cachePolicy: 'cache-and-network', use });
}

// useOrders is for the set-up of a component: orders page after page, as they change. What is refused is null, and
// error beside it says why.
export function useOrders(client, org) {
  const page = ref();
  const rows = ref([]);
  const { execute, error } = useQuery({ client, query: operations.orders, fetchOnMount: false });
  const { execute: settling } = useMutation(operations.settle, { client });

  function put(order) {
    const row = rows.value.find(({ id }) => id === order.id);
    if (row) Object.assign(row, order);
  }

  async function more() {
    const { data } = await execute({ variables: { org, after: page.value?.orders?.pageInfo.endCursor } });
    page.value = data?.org;
    rows.value.push(...(data?.org?.orders?.edges ?? []).map(({ node }) => node));
  }

  async function settle(ids) {
    const response = await settling({ input: { orgId: org, ids } });
    response.data?.settleOrders?.orders.forEach(put);
    return response;
  }

  useSubscription({ client, query: operations.changed, variables: { org } }, ({ data }) => {
    if (data) put(data.ordersChanged);
  });
  return { page, rows, error, more, settle };
}
