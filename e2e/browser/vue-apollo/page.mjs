// A page of orders with vue-apollo, for recipes.test.mjs.
import { effectScope } from 'vue';

globalThis.window = globalThis; // without a window vue-apollo renders on a server, and opens no streams
const { provideApolloClient } = await import('@vue/apollo-composable');
const { makeClient, useOrders } = await import('./console.js');
delete globalThis.window;

export function open(api, headers, org) {
  const client = makeClient(api, headers);
  const scope = effectScope();
  const { page, error, more, settle } = scope.run(() => provideApolloClient(client)(() => useOrders(org)));
  return {
    shown: () => ({ page: page.value, refused: error.value?.graphQLErrors.map(({ extensions }) => extensions.code) }),
    more,
    settle: async (id) => (await settle([id])).data.settleOrders,
    leave() {
      scope.stop();
      client.stop();
    },
  };
}
