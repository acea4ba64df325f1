// Runs the playground's operations, and operations that ask for everything that the schema has, two by two through the
// caches of Apollo Client, urql (graphcache) and Relay as they come: no type policies, no keys, no getDataID. What each
// operation was answered is read into a new cache for each pair, and what the cache gives for the one and for the other
// must be what the server gave. It takes
//   API, TOKEN, ORG  a GraphQL address, a token of the owner of an org, and that org's id
//   LOG              the file with the server's log, where the log sender writes codes
//   RELAY            the folder of relay-compiler
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { Client, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { introspectionFromSchema, parse, print } from 'graphql';
import relay from 'relay-runtime';
import { from } from 'rxjs';

import { compile } from './compile.mjs';
import { identified, isNode, objectsOf, record, schema, sdl, send, turn } from './recorded.mjs';

let recorded, answers, artifacts;
const introspected = introspectionFromSchema(schema);

// Two operations that ask for different parts of the viewer, and two of one report.
const figures = (part) => `query ($org: ID!) {
  org(id: $org) { id data(dateFrom: "2026-11-01", dateTo: "2026-11-20") { ${part} } }
}`;
const parts = {
  account: 'query { viewer { id account { id phone } } }',
  seats: 'query { viewer { id seats { orgId orgName } seatLimit } }',
  total: figures('total { orders }'),
  days: figures('periods(period: DAY) { dateFrom point { orders } }'),
};

before(async () => {
  for (const [file, source] of Object.entries(parts)) {
    parts[file] = await send(file, parse(source), { org: process.env.ORG });
  }
  recorded = await record();
  answers = Object.fromEntries([...recorded, ...Object.values(parts)].map(({ name, answer }) => [name, answer]));
  const files = recorded.map(({ file, document }) => [`${file}.js`, `graphql\`${print(document)}\`;`]);
  artifacts = await compile(process.env.RELAY, sdl, Object.fromEntries(files));
});

// A cache is new for each pair. begin starts an operation, and answers what tells the data that a page shows now;
// requests counts what was sent.
const caches = {
  apollo(typePolicies) {
    const session = { requests: 0 };
    const link = new ApolloLink(({ operationName }) => {
      session.requests++;
      return from(Promise.resolve(structuredClone(answers[operationName])));
    });
    const client = new ApolloClient({ cache: new InMemoryCache({ typePolicies }), link });
    session.begin = ({ kind, document, variables }) => {
      if (kind === 'mutation') return void client.mutate({ mutation: document, variables });
      if (kind === 'subscription') return void client.subscribe({ query: document, variables }).subscribe(() => {});
      const query = client.watchQuery({ query: document, variables });
      query.subscribe(() => {});
      return () => {
        const { data, dataState } = query.getCurrentResult();
        return dataState === 'complete' ? data : { dataState, data };
      };
    };
    session.end = () => client.stop();
    return session;
  },

  graphcache() {
    const session = { requests: 0 };
    const subscribe = (sink, query) => {
      session.requests++;
      Promise.resolve().then(() => {
        sink.next(structuredClone(answers[query.match(/^\w+ (\w+)/)[1]]));
        sink.complete();
      });
      return { unsubscribe() {} };
    };
    const network = subscriptionExchange({
      enableAllOperations: true,
      forwardSubscription: ({ query }) => ({ subscribe: (sink) => subscribe(sink, query) }),
    });
    const client = new Client({ url: '/', exchanges: [cacheExchange({ schema: introspected }), network] });
    const left = [];
    session.begin = ({ kind, document, variables }) => {
      let shown;
      const keep = ({ data, error }) => (shown = error ? { error } : data);
      left.push(client[kind](document, variables).subscribe(keep).unsubscribe);
      return kind === 'query' ? () => shown : undefined;
    };
    session.end = () => left.forEach((leave) => leave());
    return session;
  },

  relay() {
    const session = { requests: 0 };
    const answered = async ({ name }) => {
      session.requests++;
      return structuredClone(answers[name]);
    };
    const network = relay.Network.create(answered, (request) => relay.Observable.from(answered(request)));
    const environment = new relay.Environment({ network, store: new relay.Store(new relay.RecordSource()) });
    session.begin = ({ name, kind, variables }) => {
      const node = artifacts[name];
      if (kind === 'mutation') return void relay.commitMutation(environment, { mutation: node, variables });
      if (kind === 'subscription') {
        return void relay.requestSubscription(environment, { subscription: node, variables });
      }
      const operation = relay.createOperationDescriptor(relay.getRequest(node), variables);
      environment.retain(operation);
      relay.fetchQuery(environment, node, variables, { fetchPolicy: 'store-or-network' }).subscribe({});
      return () => {
        const { data, isMissingData } = environment.lookup(operation.fragment);
        const { status } = environment.check(operation);
        return isMissingData || status !== 'available' ? { status, isMissingData, data } : data;
      };
    };
    session.end = () => {};
    return session;
  },
};

// beside has a new cache read one operation and then another, and answers where what it gives for them is not what the
// server gave.
async function beside(open, one, other) {
  const session = open();
  const shown = [];
  for (const operation of [one, other]) {
    shown.push([operation, session.begin(operation)]);
    for (let i = 0; i < 5; i++) await turn();
  }
  const changed = other.kind === 'query' ? new Map() : byID(other.answer.data);
  const faults = [];
  for (const [{ file, kind, answer }, show] of shown) {
    if (kind !== 'query') continue;
    faults.push(...differences(show(), answer.data, changed).map((fault) => `${file}: ${fault}`));
  }
  if (session.requests > 2) faults.push(`${session.requests} requests`);
  session.end();
  return faults.map((fault) => `${one.file}, then ${other.file}: ${fault}`);
}

// Apollo keeps one selection of a value, which has no id: the last one. So operations of one page ask for the same
// parts of it, as the examples do among themselves, and those made from the schema too. The other caches hold the parts
// that different operations asked for side by side.
const together = (cache, one, other) => cache !== 'apollo' || Boolean(one.made) === Boolean(other.made);

for (const [cache, open] of Object.entries(caches)) {
  test(`${cache}: what was read stays as the server gave it, whatever is read beside it`, async () => {
    const faults = [];
    for (const one of recorded.filter(({ kind }) => kind === 'query')) {
      const others = recorded.filter((other) => (other.kind === 'query' ? together(cache, one, other) : !one.made));
      while (others.length > 0) {
        const some = others.splice(0, 8).map((other) => beside(open, one, other));
        faults.push(...(await Promise.all(some)).flat());
      }
    }
    assert.equal(faults.length, 0, `${faults.length} faults:\n${faults.slice(0, 40).join('\n')}`);
  });

  test(`${cache}: two objects with one id are seen`, async () => {
    const creators = recorded.find(({ file }) => file === 'creators');
    const answer = structuredClone(creators.answer);
    const [one, other] = answer.data.org.creators.nodes;
    other.id = one.id;
    answers[creators.name] = answer;
    const faults = await beside(open, { ...creators, answer }, creators);
    answers[creators.name] = creators.answer;
    assert.match(faults.join('\n'), /nodes\.[01]\.name is /);
  });
}

test('apollo: parts of the viewer stand side by side, and parts of a value where its type says merge', async () => {
  const { account, seats, total, days } = parts;
  assert.deepEqual(await beside(caches.apollo, account, seats), []);
  assert.notDeepEqual(await beside(caches.apollo, total, days), []);
  assert.deepEqual(await beside(() => caches.apollo({ DataReport: { merge: true } }), total, days), []);
});

test('an id is that of one object, whose fields are the same wherever it stands', () => {
  const known = {};
  const faults = new Set();
  const compare = (object) => {
    const before = (known[object.id] ??= {});
    for (const [key, item] of Object.entries(object)) {
      if (item !== null && typeof item === 'object') continue;
      if ((before[key] ??= item) !== item) faults.add(`${object.id}.${key}: ${before[key]} and ${item}`);
    }
  };
  recorded.filter(({ kind }) => kind === 'query').forEach(({ answer }) => objectsOf(answer.data, compare));
  assert.deepEqual([...faults], []);
});

test('what has an id is a Node, or is known by where it stands', () => {
  const others = identified.filter((type) => !isNode(type)).map(({ name }) => name);
  assert.deepEqual(others, ['Session', 'TaskAssignment', 'Viewer']);
  for (const type of identified) {
    const { id } = type.getFields();
    assert.equal(`${id.type} ${id.args.length}`, 'ID! 0', type.name);
  }
  const read = JSON.stringify(recorded.map(({ answer }) => answer.data));
  const never = identified.map(({ name }) => name).filter((name) => !read.includes(`"__typename":"${name}"`));
  assert.deepEqual(never, [], 'each of them was read');
});

// byID returns the objects that have an id.
function byID(data) {
  const found = new Map();
  objectsOf(data, (object) => found.set(object.id, object));
  return found;
}

// differences returns the places at which what a cache gives is neither what the server gave nor, of an object that the
// server changed, what it gave then.
function differences(got, given, changed, path = 'data') {
  if (!isObject(got) || !isObject(given)) {
    const said = (item) => JSON.stringify(item)?.slice(0, 200);
    return Object.is(got, given) ? [] : [`${path} is ${said(got)} and not ${said(given)}`];
  }
  const after = changed.get(given.id);
  return keysOf(given, got).flatMap((key) => {
    const found = differences(got[key], given[key], changed, `${path}.${key}`);
    return found.length > 0 && after && key in after && has(got[key], after[key]) ? [] : found;
  });
}

// has reports whether a value has everything that another has.
function has(got, given) {
  if (!isObject(got) || !isObject(given)) return Object.is(got, given);
  if (Array.isArray(given) && got.length !== given.length) return false;
  return keysOf(given).every((key) => has(got[key], given[key]));
}

const isObject = (item) => item !== null && typeof item === 'object';

// keysOf returns the fields of values, but for the names of types, which each client adds where it wants them.
function keysOf(...values) {
  return [...new Set(values.flatMap(Object.keys))].filter((key) => !key.startsWith('__'));
}
