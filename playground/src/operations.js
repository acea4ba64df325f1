import { parse, validate } from 'graphql';

// OPERATIONS is the folder operations, in the order of its index, set by the build.
export const groups = OPERATIONS;

const operations = groups.flatMap((group) => group.operations);

export function find(file) {
  return operations.find((operation) => operation.file === file);
}

// outOfReach returns the files of the examples that ask for what the viewer's schema does not have.
export function outOfReach(schema) {
  if (!schema) return new Set();
  return new Set(operations.filter(({ query }) => validate(schema, parse(query)).length > 0).map(({ file }) => file));
}

// The day on which the days in the variables of the examples were written. The page shows them as far from today as they were from it.
const written = Date.parse('2026-11-29');
const day = 24 * 60 * 60 * 1000;

export function variablesOf(operation, now = Date.now()) {
  const later = Math.floor((now - written) / day) * day;
  const moved = (date) => new Date(Date.parse(date) + later).toISOString().slice(0, 10);
  return (operation.variables ?? '').replace(/(?<=")\d{4}-\d\d-\d\d(?="|T)/g, moved);
}
