// What a viewer may do, as the package says it, is what the server's rules say, for every field of the schema.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createAccess, fromEventStream, fromPolling, fromWebSocket } from 'deputy-permissions';

const { fields } = JSON.parse(readFileSync(new URL('../../../graph/permissions.json', import.meta.url)));
const modules = [...new Set(Object.values(fields).map((field) => field.module).filter(Boolean))];
const implied = { VIEW: ['VIEW'], EDIT: ['VIEW', 'EDIT'], EXPORT: ['VIEW', 'EXPORT'] };

/** A source that a test speaks for. */
function told() {
  let sink;
  const source = (to) => {
    sink = to;
    source.open = (source.open ?? 0) + 1;
    return () => source.open--;
  };
  return Object.assign(source, { next: (viewer) => sink.next(viewer), cut: () => sink.cut() });
}

const seatOf = (viewerGrants) => ({ ownedOrg: null, seats: [{ org: { id: 'org_1', viewerGrants } }] });

test('every field asks for what its rule asks for', () => {
  let asked = 0;
  const source = told();
  const access = createAccess({ source });
  for (const module of modules) {
    for (const [action, actions] of Object.entries(implied)) {
      for (const scope of ['ALL', 'OWN']) {
        source.next(seatOf([{ module, actions, scope }]));
        for (const [coordinate, rule] of Object.entries(fields)) {
          let want = scope;
          if (!rule.module) want = 'ALL';
          else if (rule.module !== module || !actions.includes(rule.action) || (rule.scope === 'ALL' && scope === 'OWN')) want = false;
          assert.equal(access.can('org_1', coordinate), want, `${coordinate} with ${module} ${action} ${scope}`);
          assert.equal(access.can('org_2', coordinate), rule.module ? false : 'ALL', `${coordinate} of another org`);
          asked++;
        }
      }
    }
  }
  assert.equal(asked, modules.length * 6 * Object.keys(fields).length);
});

test('nobody may what takes somebody, and nothing is open before the viewer is known', () => {
  const source = told();
  const access = createAccess({ source });
  for (const viewer of [undefined, null]) {
    if (viewer === null) source.next(null);
    assert.equal(access.viewer, viewer);
    assert.equal(access.stale, viewer === undefined);
    for (const [coordinate, { rule }] of Object.entries(fields)) {
      assert.equal(access.can('org_1', coordinate), rule === 'public' && 'ALL', coordinate);
    }
    assert.equal(access.can('org_1', 'ORDERS', 'VIEW'), false);
  }
});

test('grants are those of the org, the widest of an action, and none of a seat that is disabled', () => {
  const source = told();
  const access = createAccess({ source });
  source.next({
    ownedOrg: { id: 'org_3', viewerGrants: [{ module: 'SUB_ACCOUNTS', actions: ['VIEW', 'EDIT'], scope: 'ALL' }] },
    seats: [
      { org: null },
      {
        org: {
          id: 'org_1',
          viewerGrants: [
            { module: 'ORDERS', actions: ['VIEW', 'EDIT'], scope: 'OWN' },
            { module: 'ORDERS', actions: ['VIEW'], scope: 'ALL' },
          ],
        },
      },
      { org: { id: 'org_2', viewerGrants: [] } },
    ],
  });
  assert.equal(access.can('org_1', 'ORDERS', 'VIEW'), 'ALL');
  assert.equal(access.can('org_1', 'ORDERS', 'EDIT'), 'OWN');
  assert.equal(access.can('org_1', 'ORDERS', 'EXPORT'), false);
  assert.equal(access.can('org_1', 'Mutation.settleOrders'), 'OWN');
  assert.equal(access.can('org_1', 'Mutation.voidOrders'), false); // takes all orders
  assert.equal(access.can('org_2', 'ORDERS', 'VIEW'), false);
  assert.equal(access.can('org_3', 'Mutation.createRole'), 'ALL');
  for (const none of [null, undefined, '', 'org_9']) assert.equal(access.can(none, 'ORDERS', 'VIEW'), false);
  assert.equal(access.can('org_1', 'Order.nothing'), false);
});

test('listeners hear of each change once, until they leave', () => {
  const source = told();
  const access = createAccess({ source });
  const heard = [];
  const leave = access.subscribe(() => heard.push([access.viewer?.seats.length, access.stale]));
  const viewer = seatOf([]);
  source.next(viewer);
  source.next(viewer);
  source.cut();
  source.cut();
  source.next(viewer);
  source.next(null);
  leave();
  source.next(viewer);
  assert.deepEqual(heard, [[1, false], [1, true], [1, false], [undefined, false]]);
  assert.equal(source.open, 1);
  access.restart();
  assert.equal(source.open, 1);
  access.close();
  assert.equal(source.open, 0);
});

/** Runs a source on a clock of its own, and returns what its sink was told. */
function run(t, source) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const told = [];
  const stop = source({ next: (viewer) => told.push(viewer && viewer.id), cut: () => told.push('cut') });
  return { told, stop };
}

const viewerIs = (id) => ({ data: { viewerChanged: { id, seats: [] } } });
const refused = (code, more) => ({ errors: [{ message: 'no', extensions: { code, ...more } }] });

test('a WebSocket that is lost is taken up again, and not after the session', (t) => {
  const sockets = [];
  let closed;
  const client = {
    on: (event, listener) => {
      assert.equal(event, 'closed');
      closed = listener;
      return () => (closed = null);
    },
    subscribe: (request, receiver) => {
      const socket = { request, receiver, open: true };
      sockets.push(socket);
      return () => (socket.open = false);
    },
  };
  const { told } = run(t, fromWebSocket(client, { documentId: 'abc' }));
  assert.deepEqual(sockets[0].request, { documentId: 'abc' });
  sockets[0].receiver.next(viewerIs('a'));
  closed({ code: 1006 }); // the client tries again by itself
  sockets[0].receiver.next(viewerIs('b'));
  sockets[0].receiver.error({ code: 1006 }); // it has given up
  t.mock.timers.tick(1200);
  sockets[0].receiver.next(viewerIs('late'));
  sockets[1].receiver.next(viewerIs('c'));
  sockets[1].receiver.error({ code: 4429 }); // too many tabs
  t.mock.timers.tick(20_000);
  assert.equal(sockets.length, 2);
  t.mock.timers.tick(20_000);
  sockets[2].receiver.next(viewerIs('d'));
  sockets[2].receiver.error([refused('RATE_LIMITED', { retryAfter: 60 }).errors[0]]);
  t.mock.timers.tick(50_000);
  assert.equal(sockets.length, 3);
  t.mock.timers.tick(20_000);
  assert.equal(sockets.length, 4);
  closed({ code: 4403 });
  closed?.({ code: 1000 });
  t.mock.timers.tick(1_000_000);
  assert.deepEqual(told, ['a', 'cut', 'b', 'cut', 'c', 'cut', 'd', 'cut', null]);
  assert.deepEqual(sockets.map(({ open }) => open), [false, false, false, false]);
});

test('an event stream says whether nobody is signed in, or something failed', (t) => {
  const streams = [];
  const client = {
    subscribe: (request, receiver, on) => {
      streams.push({ request, receiver, on });
      return () => {};
    },
  };
  const { told } = run(t, fromEventStream(client));
  streams[0].on.connecting(false);
  streams[0].receiver.next(viewerIs('a'));
  streams[0].on.connecting(true);
  streams[0].receiver.next(viewerIs('b'));
  streams[0].receiver.complete(); // the server stops
  t.mock.timers.tick(1200);
  streams[1].receiver.next(refused('INTERNAL'));
  streams[1].receiver.complete();
  t.mock.timers.tick(2400);
  streams[2].receiver.next(refused('UNAUTHENTICATED'));
  streams[2].receiver.complete();
  t.mock.timers.tick(1_000_000);
  assert.deepEqual(told, ['a', 'cut', 'b', 'cut', 'cut', null]);
  assert.equal(streams.length, 3);
  assert.match(streams[0].request.query, /^subscription\{viewerChanged\{/);
});

test('polling asks again and again, one request at a time', async (t) => {
  const asked = [];
  const answers = [
    () => ({ data: { viewer: { id: 'a', seats: [] } } }),
    () => {
      throw new TypeError('offline');
    },
    () => ({ data: null, ...refused('UNAVAILABLE', { retryAfter: 3 }) }),
    () => ({ data: { viewer: { id: 'b', seats: [] } } }),
    () => ({ data: { viewer: null } }),
  ];
  const send = async (request, signal) => {
    asked.push({ request, signal });
    return answers[asked.length - 1]();
  };
  const { told } = run(t, fromPolling(send, { every: 5000 }));
  const settled = async () => {
    for (let i = 0; i < 20; i++) await null;
  };
  for (const [wait, many] of [[0, 1], [4999, 1], [1, 2], [1200, 3], [2000, 3], [1400, 4], [5000, 5], [1_000_000, 5]]) {
    t.mock.timers.tick(wait);
    await settled();
    assert.equal(asked.length, many, `after ${wait} ms`);
  }
  assert.deepEqual(told, ['a', 'cut', 'cut', 'b', null]);
  assert.match(asked[0].request.query, /^query\{viewer\{/);
});
