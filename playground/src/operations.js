// OPERATIONS is the folder operations, in the order of its index, set by the build.
export const groups = OPERATIONS;

export function find(file) {
  return groups.flatMap((group) => group.operations).find((operation) => operation.file === file);
}

export function variablesOf(operation) {
  return operation.variables ?? '';
}
