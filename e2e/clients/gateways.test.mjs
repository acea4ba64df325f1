// Deputy behind gateways: each composes the schema as it is served, and answers what Deputy answers. make clients runs it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { delegateToSchema } from '@graphql-tools/delegate';
import { buildHTTPExecutor } from '@graphql-tools/executor-http';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { stitchSchemas } from '@graphql-tools/stitch';
import { schemaFromExecutor } from '@graphql-tools/wrap';
import { composeServices } from '@theguild/federation-composition';
import { buildSchema, graphql, parse } from 'graphql';

import { compose } from './supergraph/compose.mjs';
import { api, ask, folder, headers, org, origin, run, sdl } from './tools.mjs';

// What a gateway is asked for: an object of the org, one behind its id, a change that is refused, one that is made with defaults, and one of two.
const creators = 'query Creators($org: ID!) { org(id: $org) { id name creators(first: 2) { totalCount nodes { id name } } } node(id: $org) { id ... on Org { currency } } }';
const rename = 'mutation Rename($input: UpdateCreatorInput!) { updateCreator(input: $input) { creator { id } userErrors { code field } } }';
const newRole = 'mutation NewRole($input: CreateRoleInput!) { createRole(input: $input) { role { id grants { module actions scope } } userErrors { code field } } }';
const sendCode = 'mutation SendCode { sendCode(input: {to: {phone: "13800000012"}, purpose: SIGN_IN}) { flow userErrors { code } } }';

let made = 0;

// serves asks through a gateway for what Deputy answers itself, and holds the answers together.
async function serves(through) {
  const direct = await ask(creators, { org });
  assert.ok(direct.data.org.creators.nodes.length === 2, JSON.stringify(direct));
  const found = await through(creators, { org });
  assert.deepEqual(found, { data: direct.data });

  const refused = await through(rename, { input: { orgId: org, id: found.data.org.creators.nodes[0].id, name: '' } });
  assert.deepEqual(refused, { data: { updateCreator: { creator: null, userErrors: [{ code: 'INVALID', field: ['input', 'name'] }] } } });

  const role = await through(newRole, { input: { orgId: org, name: `g${process.pid} ${made++}`, grants: [{ module: 'ORDERS' }] } });
  assert.deepEqual(role.data?.createRole.role?.grants, [{ module: 'ORDERS', actions: ['VIEW'], scope: 'ALL' }], JSON.stringify(role));

  const sent = await through(sendCode, {});
  assert.match(sent.data?.sendCode.flow ?? JSON.stringify(sent), /^flw_/);
}

test('Apollo Gateway serves the supergraph', async () => {
  const gateway = new ApolloGateway({
    supergraphSdl: compose(sdl).replaceAll('http://127.0.0.1:8080', origin),
    buildService: ({ url }) => new RemoteGraphQLDataSource({ url, willSendRequest: ({ request }) => request.http.headers.set('Authorization', headers.Authorization) }),
  });
  const { executor } = await gateway.load();
  const cache = { get: async () => undefined, set: async () => {}, delete: async () => true };
  await serves(async (query, variables) => {
    const document = parse(query);
    const { data, errors } = await executor({
      document, operation: document.definitions[0], operationName: document.definitions[0].name.value, request: { query, variables }, source: query,
      queryHash: query, schema: gateway.schema, context: {}, cache, logger: console, metrics: {}, overallCachePolicy: undefined,
    });
    return JSON.parse(JSON.stringify(errors ? { data, errors } : { data }));
  });
  await gateway.stop();
});

test("the Guild's composition makes a supergraph of it", () => {
  const { errors, supergraphSdl } = composeServices([{ name: 'deputy', url: api, typeDefs: parse(sdl) }]);
  assert.deepEqual((errors ?? []).map(({ message }) => message), []);
  buildSchema(supergraphSdl);
});

test('Mesh composes what Hive Gateway serves', async (t) => {
  const at = folder(t, 'supergraph');
  await run(at, 'mesh-compose', '-o', 'supergraph.graphql');
  const gateway = createGatewayRuntime({
    supergraph: readFileSync(join(at, 'supergraph.graphql'), 'utf8'), logging: false,
    propagateHeaders: { fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get('authorization') }) },
  });
  await serves(async (query, variables) => {
    const { data, errors } = await (await gateway.fetch('http://gateway/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) })).json();
    return errors ? { data, errors } : { data };
  });
  await gateway.dispose();
});

for (const [from, batch] of [['the schema', false], ['the schema', true], ['introspection', true]]) {
  test(`graphql-tools stitch it from ${from}${batch ? ', in batches' : ''}`, async () => {
    const executor = buildHTTPExecutor({ endpoint: api, headers: { Authorization: headers.Authorization } });
    const deputy = { schema: from === 'introspection' ? await schemaFromExecutor(executor) : buildSchema(sdl), executor, batch };
    const notes = makeExecutableSchema({
      typeDefs: 'type Query { note(id: ID!): Note } type Note { id: ID! text: String creatorId: ID! }',
      resolvers: { Query: { note: (_, { id }) => ({ id, text: 'a note', creatorId: id }) } },
    });
    const schema = stitchSchemas({
      subschemas: [deputy, { schema: notes }],
      typeDefs: 'extend type Note { creator: Creator }',
      resolvers: {
        Note: {
          creator: {
            selectionSet: '{ creatorId }',
            resolve: ({ creatorId }, _, context, info) => delegateToSchema({ schema: deputy, operation: 'query', fieldName: 'node', args: { id: creatorId }, context, info }),
          },
        },
      },
    });
    const through = async (source, variableValues) => JSON.parse(JSON.stringify(await graphql({ schema, source, variableValues })));
    await serves(through);
    const { data: { org: { creators: { nodes: [creator] } } } } = await ask(creators, { org });
    const { data } = await through('query ($id: ID!) { note(id: $id) { text creator { id name } } }', { id: creator.id });
    assert.deepEqual(data, { note: { text: 'a note', creator } });
  });
}
