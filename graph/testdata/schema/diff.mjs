// Reads {before, schemas: [{after, changelog}]} from stdin and prints, as a JSON list, the breaking changes of each from the schema
// before it that its changelog does not name: their coordinates, and what changed. A changelog names one by its coordinate in
// backticks under Breaking of Unreleased.
import { readFileSync } from 'node:fs';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

// section returns what stands under a heading of that level, up to the next one as high.
function section(text, level, title) {
  const [, ...sections] = `\n${text}`.split(new RegExp(`\n${'#'.repeat(level)} `));
  return sections.find((part) => part.split('\n')[0].trim() === title) ?? '';
}

const named = (changelog) => {
  const breaking = section(section(changelog, 2, 'Unreleased'), 3, 'Breaking');
  return new Set(Array.from(breaking.matchAll(/`([^`]+)`/g), ([, coordinate]) => coordinate));
};

// coordinate returns the schema coordinate of what the inspector calls Type.field.argument or @directive.argument.
function coordinate(path) {
  return (path ?? 'schema').replace(/\.@\w+$/, '').replace(/^(\w+\.\w+|@\w+)\.(\w+)$/, '$1($2:)');
}

async function unnamed(before, { after, changelog }) {
  const names = named(changelog);
  const changes = await diff(before, buildSchema(after));
  return changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .map(({ path, message }) => ({ coordinate: coordinate(path), message }))
    .filter((change) => !names.has(change.coordinate));
}

const { before, schemas } = JSON.parse(readFileSync(0, 'utf8'));
const released = buildSchema(before);
console.log(JSON.stringify(await Promise.all(schemas.map((schema) => unnamed(released, schema)))));
