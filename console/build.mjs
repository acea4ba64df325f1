// Builds dist/: the page, its assets under names that carry a hash of their content, each with .br and .gz beside it,
// and operations.json. It is made aside and moved into place at the end: a build that broke off leaves no half of a page
// to embed.
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

const here = import.meta.dirname;
const made = join(here, 'node_modules', '.dist');
const run = (...args) => execFileSync(process.execPath, args, { cwd: here, stdio: 'inherit' });

run('../packages/permissions/generate.mjs');
run('text.mjs');
run('relay.mjs');
run('guards.mjs');
execFileSync(join(here, 'node_modules', '.bin', 'tsc'), ['--noEmit'], { cwd: here, stdio: 'inherit' });
await build({ configFile: join(here, 'vite.config.ts'), logLevel: 'warn' });

// React Aria writes a style of its own unless an element has this id; the style sheet holds the same rule.
const page = join(made, 'index.html');
const html = readFileSync(page, 'utf8');
const linked = html.replace(/<link rel="stylesheet"/, '<link id="react-aria-pressable-style" rel="stylesheet"');
if (linked === html) throw new Error('index.html has no style sheet');
writeFileSync(page, linked);

for (const name of readdirSync(join(made, 'assets'))) {
  const path = join(made, 'assets', name);
  const content = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  writeFileSync(
    `${path}.br`,
    brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }),
  );
}
cpSync(join(here, 'node_modules', '.relay', 'operations.json'), join(made, 'operations.json'));
rmSync(join(here, 'dist'), { recursive: true, force: true });
renameSync(made, join(here, 'dist'));
