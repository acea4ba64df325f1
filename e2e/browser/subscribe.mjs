// What the tests of subscribers share. It takes
//   API, TOKEN, ORG  a GraphQL address, a token of the owner of an org, and that org's id
import assert from 'node:assert/strict';
import * as sse from 'graphql-sse';
import * as ws from 'graphql-ws';
import WebSocket from 'ws';

const { API: api, TOKEN: token, ORG } = process.env;
const Authorization = `Bearer ${token}`;
export const org = ORG;
export const watch = 'subscription ($org: ID!, $after: ID) { auditEvents(orgId: $org, after: $after) { id operation } }';

// What a console is told to set: the cursor that goes on, and to try again unless the session is over.
export const clients = {
  'graphql-ws': (options) =>
    ws.createClient({
      url: api.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { Authorization },
      shouldRetry: (event) => event.code !== 4403,
      retryWait: async () => {},
      ...options,
    }),
  'graphql-sse': (options) => sse.createClient({ url: api, headers: { Authorization }, retry: async () => {}, ...options }),
};

// next returns the id of the next event.
export async function next(events) {
  const { value, done } = await events.next();
  assert.ok(!done && !value.errors, JSON.stringify({ value, done }));
  assert.equal(value.data.auditEvents.operation, 'createRole');
  return value.data.auditEvents.id;
}

let changes = 0;

// change makes a role, and answers the id of its event.
export async function change() {
  const name = `Role ${++changes}`;
  const { createRole } = await ask('mutation ($in: CreateRoleInput!) { createRole(input: $in) { role { id } userErrors { message } } }', {
    in: { orgId: org, name, grants: [{ module: 'ORDERS', actions: ['VIEW'] }] },
  });
  assert.ok(createRole.role, JSON.stringify(createRole));
  return newest();
}

// newest returns the id of the org's newest event.
export async function newest() {
  const { org: answered } = await ask('query ($id: ID!) { org(id: $id) { auditEvents(first: 1) { nodes { id } } } }', { id: org });
  return answered.auditEvents.nodes[0].id;
}

async function ask(query, variables) {
  const answer = await fetch(api, { method: 'POST', headers: { 'Content-Type': 'application/json', Authorization }, body: JSON.stringify({ query, variables }) });
  return (await answer.json()).data;
}
