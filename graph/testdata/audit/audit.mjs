// Prints one line for each audit of graphql-http (GraphQL over HTTP) that the server at the given URL does not pass, and a
// last line with the numbers. Exits with 1 unless all pass.
import { auditServer } from 'graphql-http';

const url = process.argv[2];
const results = await auditServer({ url });
const missed = results.filter((result) => result.status !== 'ok');
for (const { id, name, status, reason } of missed) {
  console.log(`${status} ${id} ${name}: ${reason}`);
}
console.log(`${results.length - missed.length} of ${results.length}`);
process.exitCode = missed.length === 0 && results.length >= 61 ? 0 : 1;
