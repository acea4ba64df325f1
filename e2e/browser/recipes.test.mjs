// Runs what docs/front-ends.md shows and no browser does: a page of orders in each client, and what a viewer may see. It takes
//   API, TOKEN, ORG  the server's GraphQL address, a token of somebody who sees the orders of an org and not its creators, and that org
//   OWNER            a token of the owner
//   RELAY            the folder of relay-compiler
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { gql } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { InfiniteQueryObserver, MutationObserver } from '@tanstack/query-core';
import relay from 'relay-runtime';
import { effectScope } from 'vue';
import { WebSocket } from 'ws';

import { compile } from './compile.mjs';
import * as apollo from './src/apollo.js';
import * as operations from './src/orders.js';
import { desk, may } from './src/permissions.js';
import * as query from './src/query.js';
import { makeEnvironment } from './src/relay.js';
import { send } from './src/send.js';
import * as urql from './src/urql.js';
import * as villus from './src/villus.js';
import * as vueApollo from './vue-apollo/page.mjs';

const { API: api, TOKEN: token, ORG: org, OWNER: owner, RELAY: compiler } = process.env;
globalThis.WebSocket ??= WebSocket; // Node.js 20 has none of its own
const headers = { Authorization: `Bearer ${token}` };

async function ask(query, variables, by = token) {
  const response = await fetch(api, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${by}` },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

// Each client has its page of orders: opened with a token, it answers what the page shows (the org, and the codes of
// what was refused), and what its buttons do.
const pages = {
  async 'Apollo Client'(headers) {
    const client = apollo.makeClient(api, headers);
    const query = client.watchQuery({ query: gql(operations.orders), variables: { org } });
    const changes = client.subscribe({ query: gql(operations.changed), variables: { org } });
    const left = [query.subscribe(() => {}), changes.subscribe(() => {})];
    const shown = () => query.getCurrentResult();
    return {
      shown: () => ({ page: shown().data?.org, refused: shown().error?.errors.map(codeOf) }),
      more: () => query.fetchMore({ variables: { after: shown().data.org.orders.pageInfo.endCursor } }),
      async settle(id) {
        const { data } = await client.mutate({ mutation: gql(operations.settle), variables: settling(id) });
        return data.settleOrders;
      },
      leave: () => (left.forEach((one) => one.unsubscribe()), client.stop()),
    };
  },

  async urql(headers) {
    const client = urql.makeClient(api, headers);
    let result = {};
    let after;
    const left = [];
    const watch = (source, shows) => left.push(source.subscribe(shows).unsubscribe);
    const read = () => watch(client.query(operations.orders, { org, after }), (one) => (result = one));
    watch(client.subscription(operations.changed, { org }), () => {});
    read();
    return {
      shown: () => ({ page: result.data?.org, refused: result.error?.graphQLErrors.map(codeOf) }),
      more: () => ((after = result.data.org.orders.pageInfo.endCursor), read()),
      settle: async (id) => (await client.mutation(operations.settle, settling(id)).toPromise()).data.settleOrders,
      leave: () => left.forEach((leave) => leave()),
    };
  },

  async Relay(headers) {
    const environment = makeEnvironment(api, headers);
    const sdl = await (await fetch(new URL('/schema.graphql', api))).text();
    const text = readFileSync(new URL('src/relayOrders.jsx', import.meta.url), 'utf8');
    const made = await compile(compiler, sdl, { 'relayOrders.jsx': text });
    const operation = relay.createOperationDescriptor(relay.getRequest(made.relayOrdersQuery), { org });
    const kept = environment.retain(operation);
    const subscription = made.relayOrdersChangedSubscription;
    const left = relay.requestSubscription(environment, { subscription, variables: { org } });
    await relay.fetchQuery(environment, made.relayOrdersQuery, { org }).toPromise();
    const shown = () => {
      const { data } = environment.lookup(operation.fragment);
      return { ...data.org, ...environment.lookup(relay.getSelector(made.relayOrders_org, data.org)).data };
    };
    return {
      shown: () => ({ page: shown() }),
      more() {
        const variables = { id: org, first: 20, after: shown().orders.pageInfo.endCursor };
        return relay.fetchQuery(environment, made.relayOrdersPageQuery, variables).toPromise();
      },
      settle: (id) =>
        new Promise((resolve, reject) => {
          const onCompleted = ({ settleOrders }) => resolve(settleOrders);
          const mutation = made.relayOrdersSettleMutation;
          relay.commitMutation(environment, { mutation, variables: settling(id), onCompleted, onError: reject });
        }),
      leave: () => (left.dispose(), kept.dispose()),
    };
  },

  async 'TanStack Query'(headers) {
    const client = query.makeClient(api, headers);
    const observer = new InfiniteQueryObserver(client.queries, query.orders(client, org));
    const left = [observer.subscribe(() => {}), query.follow(client, org, assert.fail)];
    const mutation = new MutationObserver(client.queries, query.settling(client, org));
    return {
      shown() {
        const { data } = observer.getCurrentResult();
        const last = data?.pages.at(-1);
        if (!last) return {};
        const edges = data.pages.flatMap((page) => page.org.orders?.edges ?? []);
        return { page: { ...last.org, orders: { ...last.org.orders, edges } }, refused: last.errors?.map(codeOf) };
      },
      more: () => observer.fetchNextPage(),
      settle: (id) => mutation.mutate([id]),
      leave: () => left.forEach((leave) => leave()),
    };
  },

  async villus(headers) {
    const scope = effectScope();
    const { page, rows, error, more, settle } = scope.run(() => villus.useOrders(villus.makeClient(api, headers), org));
    await more();
    return {
      shown() {
        const edges = rows.value.map((node) => ({ node }));
        return { page: { ...page.value, orders: { edges } }, refused: error.value?.graphqlErrors.map(codeOf) };
      },
      more,
      settle: async (id) => (await settle([id])).data.settleOrders,
      leave: () => scope.stop(),
    };
  },

  'vue-apollo': async (headers) => vueApollo.open(api, headers, org),
};

const codeOf = ({ extensions }) => extensions.code;
const settling = (id) => ({ input: { orgId: org, ids: [id] } });
function withResolvers() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

// seen waits until what a page shows is as wanted, and answers it. The test's limit of time ends what does not come.
async function seen(page, wanted) {
  for (;;) {
    const shown = page.shown();
    if (wanted(shown)) return shown;
    await turn();
  }
}

const whole = `query ($id: ID!) {
  node(id: $id) {
    ... on Order { id number productName amount commission status paidAt settledAt creator { id platformId } }
  }
}`;
const change = `mutation ($input: ImportOrdersInput!) {
  importOrders(input: $input) { changed userErrors { code message } }
}`;
const rows = ({ page }) => page?.orders?.edges?.map(({ node }) => node) ?? [];
const paid = (page) => rows(page.shown()).find(({ status }) => status === 'PAID').id;
const isSettled = (id) => (shown) => rows(shown).some((row) => row.id === id && row.status === 'SETTLED');

for (const [name, open] of Object.entries(pages)) {
  test(`${name}: a list in pages, its changes, and a mutation whose answer was lost`, async () => {
    // No stream opens before the mutation's own response has shown what it did.
    const { WebSocket: Socket } = globalThis;
    const shows = withResolvers();
    globalThis.WebSocket = class extends Socket {
      send(...message) {
        shows.promise.then(() => super.send(...message));
      }
    };
    const page = await open({ Authorization: `Bearer ${owner}` });
    globalThis.WebSocket = Socket;
    const first = await seen(page, (shown) => rows(shown).length === 20);
    assert.equal(first.refused, undefined);
    assert.ok(first.page.creators.totalCount > 0);
    await page.more();
    const both = await seen(page, (shown) => rows(shown).length === 40);
    assert.equal(new Set(rows(both).map(({ id }) => id)).size, 40);

    // The server does it, and its answer is lost: the second attempt brings the same key and gets that answer.
    const { fetch } = globalThis;
    const keys = [];
    globalThis.fetch = async (url, options) => {
      const answer = await fetch(url, options);
      const key = new Headers(options?.headers).get('Idempotency-Key');
      if (!key) return answer;
      keys.push(key);
      if (keys.length === 1) throw new TypeError('the connection was lost');
      return answer;
    };
    const id = paid(page);
    const settled = await page.settle(id).finally(() => (globalThis.fetch = fetch));
    assert.deepEqual(settled.userErrors, []);
    assert.deepEqual(settled.orders.map((order) => order.id), [id]);
    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1]);
    await seen(page, isSettled(id));
    shows.resolve();

    // Somebody else changes an order, until the stream is open and tells it.
    const { node } = (await ask(whole, { id }, owner)).data;
    const { id: _, creator, ...order } = node;
    const isChanged = (shown) => rows(shown).some((row) => row.id === id && row.amount > node.amount);
    while (!isChanged(page.shown())) {
      order.amount++;
      const orders = [{ ...order, creatorPlatformId: creator.platformId }];
      const { data } = await ask(change, { input: { orgId: org, orders } }, owner);
      assert.equal(data.importOrders.changed, 1, JSON.stringify(data));
      for (let i = 0; i < 50 && !isChanged(page.shown()); i++) await turn();
    }
    await page.leave();
  });

  test(`${name}: what is refused is null beside what is there`, async () => {
    const page = await open(headers);
    const { page: shown, refused } = await seen(page, (now) => rows(now).length === 20);
    assert.ok(shown.name);
    assert.equal(shown.creators, null);
    if (name !== 'Relay') assert.deepEqual(refused, ['FORBIDDEN']); // a component of Relay sees null alone
    await page.leave();
  });
}

test('relayStylePagination appends the edges of the playground, and no nodes', async () => {
  const file = new URL('../../playground/operations/creatorPages.graphql', import.meta.url);
  const edges = readFileSync(file, 'utf8');
  const nodes = edges.replace(/edges \{\s+cursor\s+node (\{.*?\})\s+\}/s, 'nodes $1');
  assert.notEqual(nodes, edges);
  const typePolicies = { Org: { fields: { creators: relayStylePagination(['filter', 'orderBy']) } } };
  for (const [text, rows] of [[edges, 10], [nodes, 5]]) {
    const client = apollo.makeClient(api, { Authorization: `Bearer ${owner}` });
    client.cache.policies.addTypePolicies(typePolicies);
    const query = client.watchQuery({ query: gql(text), variables: { id: org, first: 5 } });
    const left = query.subscribe(() => {});
    const page = () => query.getCurrentResult().data?.org?.creators;
    while (!page()) await turn();
    const { endCursor } = page().pageInfo;
    await query.fetchMore({ variables: { after: endCursor } });
    while (page().pageInfo.endCursor === endCursor) await turn();
    assert.equal((page().edges ?? page().nodes).length, rows);
    left.unsubscribe();
    client.stop();
  }
});

test('what signs in is sent with a key too, and sent again where no server was there', async () => {
  const { fetch } = globalThis;
  let sent = 0;
  globalThis.fetch = async (...request) => (sent++ === 0 ? new Response('no server', { status: 502 }) : fetch(...request));
  const query = 'mutation { sendCode(input: { to: { phone: "13800000017" }, purpose: SIGN_IN }) { flow userErrors { code } } }';
  const options = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ query }) };
  const answer = await send(api, options).finally(() => (globalThis.fetch = fetch));
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined);
  assert.ok(data.sendCode.flow);
  assert.equal(sent, 2);
});

test('a page leaves out what would be refused', async () => {
  const { data } = await ask('query ($org: ID!) { org(id: $org) { viewerGrants { module actions scope } } }', { org });
  const grants = data.org.viewerGrants;
  assert.deepEqual([may(grants, 'ORDERS'), may(grants, 'ORDERS', 'EDIT'), may(grants, 'CREATORS')], [true, false, false]);
  const answer = await ask(desk, { org, orders: may(grants, 'ORDERS'), creators: may(grants, 'CREATORS') });
  assert.equal(answer.errors, undefined, JSON.stringify(answer));
  assert.ok(answer.data.org.orders.nodes.length > 0);
});
