// Subscribes with npm's graphql-ws and graphql-sse, as services do. Beside what subscribe.mjs takes it takes
//   RESTART  an address; a POST there restarts the server, and is answered when it serves again
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { change, clients, newest, next, org, watch } from './subscribe.mjs';

const { RESTART: restart } = process.env;

for (const [name, create] of Object.entries(clients)) {
  test(`${name}: events arrive in order, and after goes on behind one`, async () => {
    const client = create();
    const events = client.iterate({ query: watch, variables: { org, after: await newest() } });
    const made = [await change(), await change(), await change()];
    assert.deepEqual([await next(events), await next(events), await next(events)], made);
    await events.return();
    const again = client.iterate({ query: watch, variables: { org, after: made[0] } });
    assert.deepEqual([await next(again), await next(again)], made.slice(1));
    await again.return();
    client.dispose();
  });
}

test('a restart of the server loses nothing and doubles nothing', async () => {
  const subscribers = [];
  for (const [name, create] of Object.entries(clients)) {
    const subscriber = { name, connections: 0, last: await newest() };
    const client = create({ on: { connected: () => subscriber.connections++ } });
    // The variables are read anew for each connection.
    subscriber.events = client.iterate({ query: watch, variables: { org, get after() { return subscriber.last; } } });
    subscribers.push(subscriber);
  }
  const received = async (id) => {
    for (const subscriber of subscribers) {
      subscriber.last = await next(subscriber.events);
      assert.equal(subscriber.last, id, subscriber.name);
    }
  };
  await received(await change());
  const answer = await fetch(restart, { method: 'POST' });
  assert.equal(answer.status, 204);
  await received(await change());
  await received(await change());
  for (const { name, connections, events } of subscribers) {
    assert.equal(connections, 2, `${name} connected again`);
    await events.return();
  }
});

for (const [code, options] of Object.entries({
  4400: { on: { opened: (socket) => socket.send('no message') } },
  4401: { on: { opened: (socket) => socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: watch, variables: { org } } })) } },
  4403: { connectionParams: { Authorization: 'Bearer of-nobody' } },
  4409: { generateID: () => 'the same' },
  4429: { on: { connected: (socket) => socket.send(JSON.stringify({ type: 'connection_init' })) } },
})) {
  test(`graphql-ws tells of ${code}`, async () => {
    const client = clients['graphql-ws'](options);
    const ended = () => new Promise((resolve) => client.subscribe({ query: watch, variables: { org } }, { next() {}, error: resolve, complete: resolve }));
    for (const why of await Promise.all([ended(), ended()])) {
      assert.equal(why?.code, Number(code), `${why}`);
    }
  });
}
