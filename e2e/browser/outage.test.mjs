// Subscribes with npm's graphql-ws and graphql-sse while the database is away for a while. Beside what subscribe.mjs takes it takes
//   STOP, RESUME  addresses; a POST there stops the database, or starts it again
//   READY         an address that answers 200 while the server is ready
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { change, clients, newest, next, org, watch } from './subscribe.mjs';

const { STOP: stop, RESUME: resume, READY: ready } = process.env;
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 100));

test('subscribers go on by themselves after an outage, and those that come meanwhile are served', async () => {
  const subscriber = (name, last) => {
    const s = { name, last, refused: 0 };
    const tryAgain = async () => { s.refused++; await aMoment(); };
    const client = clients[name]({ retryAttempts: Infinity, retryWait: tryAgain, retry: tryAgain });
    s.events = client.iterate({ query: watch, variables: { org, get after() { return s.last; } } });
    return s;
  };
  const received = async (subscribers, id) => {
    for (const s of subscribers) {
      s.last = await next(s.events);
      assert.equal(s.last, id, s.name);
    }
  };
  const before = await newest();
  const early = Object.keys(clients).map((name) => subscriber(name, before));
  const first = await change();
  await received(early, first);

  assert.equal((await fetch(stop, { method: 'POST' })).status, 204);
  const late = Object.keys(clients).map((name) => subscriber(name, first));
  const waiting = late.map((s) => next(s.events));
  while (late.some((s) => s.refused < 2)) await aMoment();
  assert.equal((await fetch(resume, { method: 'POST' })).status, 204);
  while ((await fetch(ready)).status !== 200) await aMoment();

  const second = await change();
  for (const [i, s] of late.entries()) {
    s.last = await waiting[i];
    assert.equal(s.last, second, s.name);
  }
  await received(early, second);
  await received([...early, ...late], await change());
  for (const s of [...early, ...late]) await s.events.return();
});
