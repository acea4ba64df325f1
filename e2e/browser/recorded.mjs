// The operations that the caches of clients are tried with: the playground's, and those made from the schema, which ask
// for all that it has. Each is sent to the server once. It takes what caches.test.mjs takes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { addTypenameToDocument } from '@apollo/client/utilities';
import * as graphql from 'graphql';
import { createClient } from 'graphql-sse';

const { API: api, TOKEN: token, ORG: org, LOG: log } = process.env;
const headers = { Authorization: `Bearer ${token}` };
const folder = new URL('../../playground/operations/', import.meta.url);

export const turn = () => new Promise((resolve) => setTimeout(resolve));

// The schema, and what in it is known by an id.
export const sdl = await (await fetch(new URL('/schema.graphql', api))).text();
export const schema = graphql.buildSchema(sdl);
const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'));
const hasID = (type) => graphql.isObjectType(type) && 'id' in type.getFields();
export const identified = types.filter(hasID);
export const isNode = (type) => type.getInterfaces().some(({ name }) => name === 'Node');

// record returns the operations: { file, name, kind, document, variables, answer, made }. What was made from the schema
// is marked.
export async function record() {
  const { query: queries, mutation: mutations, subscription: subscriptions } = examples();
  const recorded = [];
  for (const { name, document } of queries) recorded.push(await send(name, document));
  const ids = {};
  for (const { answer } of recorded) {
    objectsOf(answer.data, (object) => (ids[object.__typename] ??= new Set()).add(object.id));
  }
  for (const { name, source, variables } of everything(ids)) {
    recorded.push({ ...(await send(name, graphql.parse(source), variables)), made: true });
  }
  const events = await watch(subscriptions);
  for (const { name, document } of mutations) recorded.push(await send(name, document));
  recorded.push(...(await events()));
  return recorded;
}

// examples returns those of the playground by their kinds. Whoever signs out goes last.
function examples() {
  const kinds = { query: [], mutation: [], subscription: [] };
  for (const { operations } of JSON.parse(readFileSync(new URL('index.json', folder)))) {
    for (const { file } of operations) {
      const document = graphql.parse(readFileSync(new URL(`${file}.graphql`, folder), 'utf8'));
      kinds[document.definitions[0].operation].push({ name: file, document });
    }
  }
  kinds.mutation.sort((a, b) => (a.name === 'signOut') - (b.name === 'signOut'));
  return kinds;
}

// send asks the server for an operation of a file.
export async function send(name, document, variables) {
  variables ??= await variablesOf(name);
  const answer = await ask(withTypes(document), variables);
  assert.equal(answer.errors, undefined, `${name}: ${JSON.stringify(answer.errors)} of ${JSON.stringify(variables)}`);
  flow = answer.data.sendBindCode?.flow ?? answer.data.sendCode?.flow ?? flow;
  return { ...named(document, name), variables, answer };
}

async function ask(query, variables) {
  const response = await fetch(api, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

const withTypes = (document) => graphql.print(addTypenameToDocument(document));

// named gives an operation the name that relay-compiler wants, which is that of its file and its kind.
function named(document, file) {
  const [definition] = document.definitions;
  const kind = definition.operation;
  const name = file + kind[0].toUpperCase() + kind.slice(1);
  const definitions = [{ ...definition, name: { kind: graphql.Kind.NAME, value: name } }];
  return { file, name, kind, document: { ...document, definitions } };
}

// watch opens streams, and answers what waits for the first event of each.
async function watch(subscriptions) {
  let connected = 0;
  const client = createClient({ url: api, headers, retryAttempts: 0, on: { connected: () => connected++ } });
  const streams = [];
  for (const { name, document } of subscriptions) {
    const variables = await variablesOf(name);
    const stream = client.iterate({ query: withTypes(document), variables });
    streams.push({ name, document, variables, stream, first: stream.next() });
  }
  while (connected < streams.length) await turn();
  return async () => {
    const told = [];
    for (const { name, document, variables, stream, first } of streams) {
      const { value: answer } = await first;
      assert.equal(answer.errors, undefined, `${name}: ${JSON.stringify(answer)}`);
      told.push({ ...named(document, name), variables, answer });
      await stream.return();
    }
    client.dispose();
    return told;
  };
}

// flow is that of the code that was sent last.
let flow = 'flw_…';

// variablesOf reads those of an example, and fills in ids and days as the playground does.
async function variablesOf(file) {
  let text;
  try {
    text = readFileSync(new URL(`${file}.json`, folder), 'utf8');
  } catch {
    return {};
  }
  const places = await known();
  const fill = (filled, [place, id]) => filled.replaceAll(place, id);
  const day = 86_400_000;
  const later = Math.floor((Date.now() - Date.parse('2026-11-29')) / day) * day;
  const moved = (date) => new Date(Date.parse(date) + later).toISOString().slice(0, 10);
  text = Object.entries(places).reduce(fill, text).replace(/(?<=")\d{4}-\d\d-\d\d(?="|T)/g, moved);
  const variables = JSON.parse(text);
  if (file === 'signIn' || file === 'createSubAccount') variables.input.code.code = await codeOf(flow);
  return variables;
}

// known returns what the placeholders of the examples stand for.
async function known() {
  const { data } = await ask(
    `query ($org: ID!) {
      viewer { sessions { id current } }
      org(id: $org) {
        roles(last: 1) { nodes { id } }
        subAccounts(last: 1) { nodes { id } }
        creators(last: 1) { nodes { id } }
        tasks(first: 10) { nodes { id status assignments(first: 10) { nodes { id status } } } }
        orders(first: 20) { nodes { id status } }
        apps { id tokens { id status } }
      }
    }`,
    { org },
  );
  const { roles, subAccounts, creators, tasks, orders, apps } = data.org;
  const assignments = tasks.nodes.flatMap((task) => task.assignments.nodes);
  const found = (nodes, ...states) => nodes.find(({ status }) => states.includes(status));
  return {
    'org_…': org,
    'rol_…': roles.nodes[0].id,
    'sub_…': subAccounts.nodes[0].id,
    'cre_…': creators.nodes[0].id,
    'tsk_…': (found(tasks.nodes, 'DRAFT') ?? found(tasks.nodes, 'OPEN')).id,
    'asg_…': found(assignments, 'ASSIGNED', 'ACCEPTED')?.id,
    'ord_…': found(orders.nodes, 'PAID').id,
    'app_…': apps.at(-1).id,
    'tok_…': found(apps.toReversed().flatMap(({ tokens }) => tokens), 'LIVE').id,
    'ses_…': data.viewer.sessions.find(({ current }) => !current)?.id ?? 'ses_…',
    'flw_…': flow,
  };
}

async function codeOf(sent) {
  for (;;) {
    const line = readFileSync(log, 'utf8').split('\n').find((one) => one.includes(`flow=${sent}`));
    const code = line?.match(/code=(\d{6})/)?.[1];
    if (code) return code;
    await turn();
  }
}

// everything makes, for each type that has an id, an operation that asks for all of its fields and for what they lead
// to.
function* everything(ids) {
  for (const type of identified.filter(isNode)) {
    if (!ids[type.name]) continue;
    const source = `query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on ${type.name} { ${all(type, 1)} } } }`;
    yield { name: `everyOne${type.name}`, source, variables: { ids: [...ids[type.name]].slice(0, 2) } };
  }
  for (const field of Object.values(schema.getQueryType().getFields())) {
    const type = graphql.getNamedType(field.type);
    if (field.args.some(graphql.isRequiredArgument) || !graphql.isObjectType(type)) continue;
    const name = `everything${field.name[0].toUpperCase()}${field.name.slice(1)}`;
    yield { name, source: `query { ${selected(field, 1)} }`, variables: {} };
  }
}

// all selects the fields of a type, and selected one field. What has an id is followed down to a depth. A value, which
// has no id, is always asked for all of its own fields, and pages stand at one depth alone: so no two operations ask for
// different parts of one value. A value within one of its own type, such as the report of the span before, has no other.
function all(type, depth, outer = []) {
  return Object.values(type.getFields()).map((field) => selected(field, depth, outer)).join(' ');
}

function selected(field, depth, outer = []) {
  const type = graphql.getNamedType(field.type);
  const required = field.args.filter(graphql.isRequiredArgument);
  const taken = required.every((argument) => graphql.getNamedType(argument.type).name === 'Date');
  if (!taken || graphql.isInterfaceType(type) || outer.filter((one) => one === type).length > 1) return '';
  if (graphql.isLeafType(type)) return field.name;
  if (type.name.endsWith('Connection')) {
    const node = graphql.getNamedType(type.getFields().nodes.type);
    if (hasID(node) && depth === 0) return '';
    const rows = `nodes { ${all(node, hasID(node) ? depth - 1 : 0)} }`;
    return `${field.name}(first: 2) { totalCount ${rows} pageInfo { hasNextPage endCursor } }`;
  }
  const days = required.map(({ name }) => `${name}: "2026-11-${name.endsWith('To') ? 20 : 10}"`).join(', ');
  const below = hasID(type) && depth === 0 ? 'id' : all(type, hasID(type) ? depth - 1 : 0, hasID(type) ? [] : [...outer, type]);
  return `${field.name}${days && `(${days})`} { ${below} }`;
}

// objectsOf calls a function with each object of an answer that has an id.
export function objectsOf(data, found) {
  if (Array.isArray(data)) data.forEach((item) => objectsOf(item, found));
  else if (data && typeof data === 'object') {
    if (data.id) found(data);
    Object.values(data).forEach((item) => objectsOf(item, found));
  }
}
