// Compiles every GraphQL document below src: types and artifacts go to src/__generated__, and the texts by their
// SHA-256 to node_modules/.relay/operations.json. The page sends these ids alone, and the server knows them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, printSchema } from 'graphql';
import compiler from 'relay-compiler';

const here = import.meta.dirname;
const schemas = join(here, '..', 'graph', 'schema');
const made = join(here, 'node_modules', '.relay');
const artifacts = join(here, 'src', '__generated__');
mkdirSync(made, { recursive: true });
// An operation that is gone must not stay known, and the compiler persists again only what it writes.
rmSync(artifacts, { recursive: true, force: true });
mkdirSync(artifacts, { recursive: true });

const names = readdirSync(schemas)
  .filter((name) => name.endsWith('.graphqls'))
  .sort();
// The compiler takes no extension of a type in the file that defines it.
const sdl = names.map((name) => readFileSync(join(schemas, name), 'utf8')).join('\n');
writeFileSync(join(made, 'schema.graphql'), printSchema(buildSchema(sdl)));
writeFileSync(join(made, 'operations.json'), '{}\n');
execFileSync(compiler, ['relay.config.json', '--output=quiet-with-errors'], { cwd: here, stdio: 'inherit' });
