// What the tests of tools share: a running server, and folders as developers have them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

//   API, TOKEN, ORG  the server's GraphQL address, the token of an org's owner, and that org
export const { API: api, TOKEN: token, ORG: org } = process.env;
export const origin = new URL(api).origin;
export const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };

const here = fileURLToPath(new URL('.', import.meta.url));
const examples = join(here, '../../playground/operations');

// sdl is the schema as it is served; the whole of it, to everybody.
export const sdl = await (await fetch(`${origin}/schema.graphql`)).text();

// operations are those of the playground: file name and text.
export const operations = readdirSync(examples).filter((name) => name.endsWith('.graphql')).map((name) => ({ name, text: readFileSync(join(examples, name), 'utf8') }));
assert.ok(operations.length > 40, 'the playground has few operations');

export async function ask(query, variables) {
  const response = await fetch(api, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  return response.json();
}

// folder makes one with the files of the named folder, whose addresses are the server's, the packages, the schema and the examples.
export function folder(test, from) {
  const at = mkdtempSync(join(tmpdir(), 'deputy-clients-'));
  test.after(() => rmSync(at, { recursive: true }));
  if (from) cpSync(join(here, from), at, { recursive: true });
  for (const name of readdirSync(at, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    const path = join(name.parentPath, name.name);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('http://127.0.0.1:8080', origin));
  }
  symlinkSync(join(here, 'node_modules'), join(at, 'node_modules'));
  writeFileSync(join(at, 'package.json'), '{"private": true, "type": "module"}');
  writeFileSync(join(at, 'schema.graphql'), sdl);
  mkdirSync(join(at, 'src/operations'), { recursive: true });
  for (const { name, text } of operations) writeFileSync(join(at, 'src/operations', name), text);
  return at;
}

// run runs a program of node_modules/.bin in the folder, and answers what it printed.
export async function run(at, program, ...args) {
  return execute(at, join(here, 'node_modules/.bin', program), ...args);
}

export async function execute(at, program, ...args) {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { cwd: at, maxBuffer: 64 << 20, env: { ...process.env, NO_COLOR: '1' } });
    return stdout + stderr;
  } catch (error) {
    assert.fail(`${program} ${args.join(' ')}: ${error.message}\n${error.stdout}${error.stderr}`);
  }
}

// refused runs a program that has to fail, and answers what it printed.
export async function refused(at, program, ...args) {
  try {
    await promisify(execFile)(join(here, 'node_modules/.bin', program), args, { cwd: at });
  } catch (error) {
    return error.stdout + error.stderr;
  }
  return assert.fail(`${program} ${args.join(' ')} is content`);
}
