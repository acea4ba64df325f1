// Reads {sdl, documents: [{query, operationName, variables}]} from stdin and prints, as a JSON list, what graphql-js says of
// each: null when the document is valid and the variables are, else the first message.
import { readFileSync } from 'node:fs';
import { buildSchema, getOperationAST, parse, validate } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';

const { sdl, documents } = JSON.parse(readFileSync(0, 'utf8'));
const schema = buildSchema(sdl);

function judge({ query, operationName, variables }) {
  let document;
  try {
    document = parse(query);
  } catch (error) {
    return error.message;
  }
  let errors;
  try {
    errors = validate(schema, document);
  } catch (error) {
    errors = [error]; // a condition at the root of a subscription that cannot be read
  }
  if (errors.length > 0) {
    return errors[0].message;
  }
  const operation = getOperationAST(document, operationName || null);
  if (!operation) {
    return 'no such operation';
  }
  const values = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
  return values.errors ? values.errors[0].message : null;
}

console.log(JSON.stringify(documents.map(judge)));
