// Builds a client's schema from the introspection on the standard input, and fails when it is not a valid one.
import { readFileSync } from "node:fs";
import { buildClientSchema, validateSchema } from "graphql";

const schema = buildClientSchema(JSON.parse(readFileSync(0, "utf8")).data);
const errors = validateSchema(schema);
for (const error of errors) console.error(error.message);
process.exit(errors.length > 0 ? 1 : 0);
