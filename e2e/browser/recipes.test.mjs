// Runs what docs/console.md shows and no browser does: Relay's environment, generated types, and what a viewer may see. It takes
//   API, TOKEN, ORG  the server's GraphQL address, a token of somebody who sees the orders of an org and not its creators, and that org
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { codegen } from '@graphql-codegen/core';
import * as operationTypes from '@graphql-codegen/typescript-operations';
import * as schemaTypes from '@graphql-codegen/typescript';
import { transform } from 'esbuild';
import { parse } from 'graphql';
import { WebSocket } from 'ws';

import { desk, may } from './src/permissions.js';
import { makeEnvironment } from './src/relay.js';

const { API: api, TOKEN: token, ORG: org } = process.env;
globalThis.WebSocket ??= WebSocket; // Node.js 20 has none of its own
const headers = { Authorization: `Bearer ${token}` };

async function ask(query, variables) {
  const response = await fetch(api, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify({ query, variables }) });
  return response.json();
}

test("Relay's environment hands on what is there beside what was refused", async () => {
  const environment = makeEnvironment(api, headers);
  const text = 'query Both($org: ID!) { org(id: $org) { id name creators(first: 1) { nodes { id } } } }';
  const answer = await environment.getNetwork().execute({ text, name: 'Both', operationKind: 'query' }, { org }, {}).toPromise();
  assert.ok(answer.data.org.name, JSON.stringify(answer));
  assert.equal(answer.data.org.creators, null);
  assert.equal(answer.errors[0].extensions.code, 'FORBIDDEN');
  const { __typename: _, ...ids } = {
    order: environment._getDataID({ id: 'ord_1' }, 'Order'),
    actor: environment._getDataID({ id: 'sub_1' }, 'Actor'),
  };
  assert.deepEqual(ids, { order: 'ord_1', actor: null });

  // A subscription over its WebSocket goes on until it is left.
  const events = environment.getNetwork().execute({ text: 'subscription W($org: ID!) { ordersChanged(orgId: $org) { id } }', name: 'W', operationKind: 'subscription' }, { org }, {});
  let left = () => {};
  const refused = new Promise((resolve) => {
    left = events.subscribe({ error: resolve, complete: () => resolve('complete') }).unsubscribe;
  });
  assert.equal(await Promise.race([refused, ask('{ viewer { account { id } } }').then(() => 'open')]), 'open');
  left();
});

test('a page leaves out what would be refused', async () => {
  const { data } = await ask('query ($org: ID!) { org(id: $org) { viewerGrants { module actions scope } } }', { org });
  const grants = data.org.viewerGrants;
  assert.deepEqual([may(grants, 'ORDERS'), may(grants, 'ORDERS', 'EDIT'), may(grants, 'CREATORS')], [true, false, false]);
  const answer = await ask(desk, { org, orders: may(grants, 'ORDERS'), creators: may(grants, 'CREATORS') });
  assert.equal(answer.errors, undefined, JSON.stringify(answer));
  assert.ok(answer.data.org.orders.nodes.length > 0);
});

test('the generator knows the type of everything', async () => {
  const source = readFileSync(new URL('codegen.ts', import.meta.url), 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm' });
  const { default: config } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const [[filename, { plugins, config: settings }]] = Object.entries(config.generates);
  const sdl = await (await fetch(new URL(new URL(config.schema).pathname, api))).text();
  const written = await codegen({
    filename,
    schema: parse(sdl),
    documents: [{ location: 'desk.graphql', document: parse(desk) }],
    config: settings,
    plugins: plugins.map((name) => ({ [name]: {} })),
    pluginMap: { typescript: schemaTypes, 'typescript-operations': operationTypes },
  });
  assert.match(written, /export type DeskQuery = /);
  assert.match(written, /amount: number/);
  assert.deepEqual(written.match(/(put|[a-z]\w+): (any|unknown)\b.*/g), null);
});
