// The tools that tell most, and are quick: make test runs them. docs/front-ends.md and docs/api.md show their settings.
import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { diff, validate } from '@graphql-inspector/core';
import { buildClientSchema, buildSchema, getIntrospectionQuery, parse, Source } from 'graphql';

import { ask, folder, operations, refused, run, sdl } from './tools.mjs';
import { compose } from './supergraph/compose.mjs';

test('graphql-codegen and gql.tada type every operation, and a role can be copied', async (t) => {
  const console = folder(t, 'console');
  await run(console, 'gql.tada', 'generate-output');
  await run(console, 'graphql-codegen', '--config', 'codegen.ts');
  const written = readFileSync(join(console, 'src/gql/graphql.ts'), 'utf8');
  assert.deepEqual(written.match(/\w+\??: (any|unknown)\b.*/g), null);
  for (const { text } of operations) {
    for (const [, kind, name] of text.matchAll(/^(query|mutation|subscription) (\w+)/gm)) {
      assert.match(written, new RegExp(`export type ${name}${kind[0].toUpperCase()}${kind.slice(1)} = `));
    }
  }
  await run(console, 'tsc');
  // What is wrong is told, line by line.
  cpSync(join(console, 'mistakes.ts'), join(console, 'src/mistakes.ts'));
  const mistakes = readFileSync(join(console, 'mistakes.ts'), 'utf8').split('\n').flatMap((line, i) => (line.startsWith('export') ? [i + 1] : []));
  const told = (await refused(console, 'tsc')).matchAll(/^src\/mistakes\.ts\((\d+),/gm);
  assert.deepEqual(Array.from(told, ([, line]) => Number(line)), mistakes);
});

test('@apollo/composition makes a supergraph of it', () => {
  const supergraph = compose(sdl, [{ name: 'crm', url: 'http://127.0.0.1:1/graphql', typeDefs: parse('type Query { note(id: ID!): Note } type Note { id: ID! text: String }') }]);
  const whole = buildSchema(supergraph);
  const own = buildSchema(sdl);
  for (const [name, type] of Object.entries(own.getTypeMap())) {
    const fields = Object.keys(type.getFields?.() ?? {});
    const composed = Object.keys(whole.getType(name)?.getFields?.() ?? {});
    assert.deepEqual(fields.filter((field) => !composed.includes(field)), [], name);
  }
  assert.ok(whole.getQueryType().getFields().note);
});

test('graphql-inspector finds every operation valid, and introspection equal to the schema that is served', async () => {
  const served = buildSchema(sdl);
  const faults = validate(served, operations.map(({ name, text }) => new Source(text, name)), { apollo: false });
  assert.deepEqual(faults.map(({ source, errors }) => `${source.name}: ${errors.join(', ')}`), []);
  const { data } = await ask(getIntrospectionQuery({ specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true }));
  const changes = await diff(served, buildClientSchema(data));
  // Introspection tells of a directive's definition, not of where it was put.
  assert.deepEqual(changes.filter(({ type }) => !/^DIRECTIVE_USAGE/.test(type)).map(({ message }) => message), []);
  assert.ok(data.__schema.types.filter(({ isOneOf }) => isOneOf).length >= 2);
  assert.ok(data.__schema.types.filter(({ specifiedByURL }) => specifiedByURL).length >= 3);
});
