// A change of role at a real server arrives over every source, and in a component.
import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { after, test } from 'node:test';
import { createAccess, fromEventStream, fromPolling, fromWebSocket } from 'deputy-permissions';
import { AccessProvider, Can, useStale } from 'deputy-permissions/react';
import { createClient as streams } from 'graphql-sse';
import { createClient as sockets } from 'graphql-ws';
import { createElement as h } from 'react';
import { act, create } from 'react-test-renderer';
import WebSocket from 'ws';

globalThis.IS_REACT_ACT_ENVIRONMENT = true;
const { API, OWNER, SEAT, ORG, ROLE } = process.env;
const server = new URL(API);

async function ask(token, body, signal) {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
  const response = await fetch(API, { method: 'POST', headers, body: JSON.stringify(body), signal });
  return response.json();
}

async function grant(...grants) {
  const { data, errors } = await ask(OWNER, {
    query: 'mutation($in: UpdateRoleInput!) { updateRole(input: $in) { userErrors { code message } } }',
    variables: { in: { orgId: ORG, id: ROLE, grants } },
  });
  assert.equal(errors, undefined);
  assert.deepEqual(data.updateRole.userErrors, []);
}

/** Resolves once it is so, whenever that comes; the test's own limit ends the wait. */
function until(access, what) {
  return new Promise((resolve) => {
    const look = () => {
      if (!what()) return;
      leave();
      resolve();
    };
    const leave = access.subscribe(look);
    look();
  });
}

/** Passes connections on to the server, until they are cut. */
const open = new Set();
let refuse = false;
const proxy = createServer((from) => {
  if (refuse) return from.destroy();
  const to = connect(Number(server.port), server.hostname);
  for (const [one, other] of [[from, to], [to, from]]) {
    open.add(one);
    one.on('error', () => {});
    one.on('close', () => {
      open.delete(one);
      other.destroy();
    });
    one.pipe(other);
  }
});
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
const through = `127.0.0.1:${proxy.address().port}/graphql`;
const cut = () => {
  for (const one of open) one.destroy();
};
after(() => {
  cut();
  proxy.close();
});

const clients = {
  'a WebSocket': () => fromWebSocket(sockets({ url: `ws://${through}`, webSocketImpl: WebSocket, connectionParams: { Authorization: `Bearer ${SEAT}` }, retryWait: async () => {} })),
  'an event stream': () => fromEventStream(streams({ url: `http://${through}`, headers: { Authorization: `Bearer ${SEAT}` }, retry: async () => {} })),
  polling: () => fromPolling((request, signal) => ask(SEAT, request, signal), { every: 50 }),
};

for (const [name, source] of Object.entries(clients)) {
  test(`a change of role arrives over ${name}`, async () => {
    await grant();
    const access = createAccess({ source: source() });
    try {
      assert.equal(access.can(ORG, 'Mutation.createTask'), false);
      await until(access, () => !access.stale);
      assert.equal(access.can(ORG, 'Mutation.createTask'), false);
      await grant({ module: 'TASKS', actions: ['EDIT'], scope: 'OWN' }, { module: 'ORDERS', actions: ['EXPORT'], scope: 'ALL' });
      await until(access, () => access.can(ORG, 'TASKS', 'EDIT'));
      assert.equal(access.can(ORG, 'Mutation.createTask'), 'OWN');
      assert.equal(access.can(ORG, 'Order.amount'), 'ALL');
      assert.equal(access.can(ORG, 'Mutation.settleOrders'), false);
      await grant({ module: 'TASKS', actions: ['VIEW'], scope: 'ALL' });
      await until(access, () => !access.can(ORG, 'ORDERS', 'VIEW'));
      assert.equal(access.can(ORG, 'Mutation.createTask'), false);
      assert.equal(access.can(ORG, 'Task.title'), 'ALL');
    } finally {
      access.close();
    }
  });
}

for (const name of ['a WebSocket', 'an event stream']) {
  test(`what changed while ${name} was cut is known afterwards`, async () => {
    await grant({ module: 'ORDERS', actions: ['VIEW'], scope: 'ALL' });
    const access = createAccess({ source: clients[name]() });
    let root;
    try {
      await until(access, () => access.can(ORG, 'ORDERS', 'VIEW'));
      const Page = () => [useStale() ? 'stale ' : 'fresh ', h(Can, { key: 'can', do: 'Mutation.createTask', otherwise: 'ask' }, 'create')];
      act(() => {
        root = create(h(AccessProvider, { access, org: ORG }, h(Page)));
      });
      const state = () => (access.stale ? 'stale ' : 'fresh ') + (access.can(ORG, 'Mutation.createTask') ? 'create' : 'ask');
      const shown = async (want) => {
        await act(() => until(access, () => state() === want));
        assert.equal(root.toJSON().join(''), want);
      };
      await shown('fresh ask');
      refuse = true;
      cut();
      await shown('stale ask');
      await grant({ module: 'TASKS', actions: ['EDIT'], scope: 'ALL' });
      refuse = false;
      await shown('fresh create');
    } finally {
      refuse = false;
      act(() => root?.unmount());
      access.close();
    }
  });
}

test('the end of the session is known over all of them, and a new one is taken up', async () => {
  await grant({ module: 'TASKS', actions: ['VIEW'], scope: 'ALL' });
  const all = Object.values(clients).map((source) => createAccess({ source: source() }));
  try {
    for (const access of all) await until(access, () => access.can(ORG, 'TASKS', 'VIEW'));
    const { errors } = await ask(SEAT, { query: 'mutation { signOut { endedId } }' });
    assert.equal(errors, undefined);
    for (const access of all) {
      await until(access, () => access.viewer === null);
      assert.equal(access.stale, false);
      assert.equal(access.can(ORG, 'TASKS', 'VIEW'), false);
      assert.equal(access.can(ORG, 'Mutation.signIn'), 'ALL');
      access.restart(); // nobody has signed in: it is told so again
      assert.equal(access.stale, true);
      await until(access, () => !access.stale);
      assert.equal(access.viewer, null);
    }
  } finally {
    for (const access of all) access.close();
  }
});
