// The long list of tools, which make clients runs.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';

import { getIntrospectionQuery } from 'graphql';
import { loadConfig } from 'graphql-config';

import { api, ask, execute, folder, headers, operations, run, sdl } from './tools.mjs';

const require = createRequire(import.meta.url);

for (const version of ['graphql-14', 'graphql-15', 'graphql', 'graphql-17']) {
  test(`${version} reads the schema and the introspection that it asks for, and finds them equal`, async () => {
    const js = require(version);
    const own = js.buildSchema(sdl);
    assert.deepEqual(js.validateSchema(own), []);
    for (const { name, text } of operations) assert.deepEqual(js.validate(own, js.parse(text)).map(({ message }) => `${name}: ${message}`), []);
    const answer = await ask(js.getIntrospectionQuery({ directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true, specifiedByUrl: version !== 'graphql-15' }));
    assert.equal(answer.errors, undefined);
    const told = js.buildClientSchema(answer.data);
    assert.deepEqual(js.validateSchema(told), []);
    // Introspection says nothing of the directives that stand in a schema; old editions know neither of these.
    const plain = (schema) => js.printSchema(js.lexicographicSortSchema(schema)).replace(/"""[^"]*"""\ndirective @(oneOf|specifiedBy)\b[^]*?\n\n/g, '').replace(/ @(oneOf|specifiedBy)(\(.*?\))?/g, '');
    assert.equal(plain(told), plain(own));
  });
}

test('graphql-codegen reads introspection, and writes classic types, documents and their ids', async (t) => {
  const at = folder(t);
  const scalars = { Int64: 'number', Time: 'string', Date: 'string' };
  writeFileSync(join(at, 'codegen.json'), JSON.stringify({
    schema: [{ [api]: { headers: { Authorization: headers.Authorization } } }],
    documents: ['src/**/*.graphql'],
    generates: {
      'src/operations.ts': { plugins: ['typescript-operations'], config: { scalars, strictScalars: true, enumsAsTypes: true } },
      'src/gql/': { preset: 'client', presetConfig: { persistedDocuments: true }, config: { scalars, strictScalars: true } },
    },
  }));
  await run(at, 'graphql-codegen', '--config', 'codegen.json');
  cpSync(new URL('console/tsconfig.json', import.meta.url), join(at, 'tsconfig.json'));
  await run(at, 'tsc');
  const kept = Object.values(JSON.parse(readFileSync(join(at, 'src/gql/persisted-documents.json'), 'utf8')));
  assert.equal(kept.length, operations.length);
});

test('gql.tada reads introspection and checks documents', async (t) => {
  const at = folder(t, 'console');
  await run(at, 'gql.tada', 'generate-schema', api, '--header', `Authorization: ${headers.Authorization}`, '--output', 'schema.graphql');
  await run(at, 'gql.tada', 'generate-output');
  await run(at, 'gql.tada', 'check');
});

test('the command line of graphql-inspector validates, introspects and compares', async (t) => {
  const at = folder(t);
  await run(at, 'graphql-inspector', 'validate', 'src/operations/*.graphql', 'schema.graphql');
  await run(at, 'graphql-inspector', 'introspect', api, '--header', `Authorization: ${headers.Authorization}`, '--write', 'introspection.json');
  await run(at, 'graphql-inspector', 'introspect', api, '--header', `Authorization: ${headers.Authorization}`, '--write', 'introspected.graphql');
  assert.match(await run(at, 'graphql-inspector', 'diff', 'introspected.graphql', 'introspection.json'), /No changes detected/);
});

test('relay-compiler compiles every operation', async (t) => {
  const at = folder(t);
  // Relay wants the names of operations to begin with that of their file.
  const documents = operations.map(({ text }) => text.replace(/^(query|mutation|subscription) (\w+)/gm, (_, kind, name) => `${kind} consoleX${name}${kind[0].toUpperCase()}${kind.slice(1)}`));
  writeFileSync(join(at, 'src/consoleX.ts'), documents.map((text) => `graphql\`${text}\`;\n`).join(''));
  writeFileSync(join(at, 'relay.config.json'), JSON.stringify({
    src: 'src', schema: 'schema.graphql', language: 'typescript', customScalarTypes: { Time: 'string', Date: 'string', Int64: 'number' },
  }));
  assert.match(await run(at, 'relay-compiler'), /Done/);
});

test('graphql-config, which editors read, finds schema and operations', async (t) => {
  const at = folder(t);
  writeFileSync(join(at, '.graphqlrc.json'), JSON.stringify({ schema: 'schema.graphql', documents: 'src/**/*.graphql' }));
  const project = (await loadConfig({ rootDir: at })).getDefault();
  assert.ok((await project.getSchema()).getType('SubAccount'));
  assert.equal((await project.getDocuments()).length, operations.length);
});

test('genql writes a client that types its questions and answers', async (t) => {
  const at = folder(t);
  await run(at, 'genql', '--schema', 'schema.graphql', '--output', 'src/genql', '--scalar', 'Int64:number', '--scalar', 'Time:string', '--scalar', 'Date:string');
  writeFileSync(join(at, 'src/ask.ts'), `
    import { createClient } from './genql';
    export const ask = async (url: string, org: string): Promise<number> => {
      const { org: found } = await createClient({ url }).query({ org: { __args: { id: org }, id: true, orders: { __args: { first: 1, filter: {} }, nodes: { amount: true } } } });
      return found!.orders!.nodes[0]!.amount;
    };
  `);
  cpSync(new URL('console/tsconfig.json', import.meta.url), join(at, 'tsconfig.json'));
  await run(at, 'tsc', '--types', 'node', '--noImplicitAny', 'false'); // what genql writes is not strict itself
});

// Tools of other languages come with the machine or do not: these are as Debian has them.
const has = (program, ...args) => {
  try {
    return execFileSync(program, args, { stdio: 'pipe' }) !== null;
  } catch {
    return false;
  }
};

test('graphql-core reads schema, introspection and operations', { skip: has('python3', '-c', 'import graphql') ? false : 'Debian has it as python3-graphql-core' }, async (t) => {
  const at = folder(t);
  const { data } = await ask(getIntrospectionQuery());
  writeFileSync(join(at, 'introspection.json'), JSON.stringify(data));
  writeFileSync(join(at, 'read.py'), `
import graphql, json, sys
own = graphql.build_schema(open("schema.graphql").read())
told = graphql.build_client_schema(json.load(open("introspection.json")))
faults = graphql.validate_schema(own) + graphql.validate_schema(told)
for name in sys.argv[1:]:
    faults += graphql.validate(told, graphql.parse(open(name).read()))
sys.exit("\\n".join(map(str, faults)) or 0)
`);
  await execute(at, 'python3', 'read.py', ...operations.map(({ name }) => `src/operations/${name}`));
});

test('gqlclientgen writes a client in Go', { skip: has('which', 'gqlclientgen') ? false : 'Debian has it as gqlclient' }, async (t) => {
  const at = folder(t);
  await execute(at, 'gqlclientgen', '-s', 'schema.graphql', '-o', 'client.go', '-n', 'client', ...operations.flatMap(({ name }) => ['-q', `src/operations/${name}`]));
});
