// Builds dist/: the entries of the package, each in one file, and their types. It is made aside and moved into place at
// the end.
import { execFile } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import './generate.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const made = join(here, 'node_modules', '.dist');
await rm(made, { recursive: true, force: true });
await mkdir(made, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: { index: 'src/core/index.ts', react: 'src/react/index.tsx' },
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  external: ['react', 'react/jsx-runtime'],
  outdir: made,
  logLevel: 'warning',
});
const tsc = join(here, 'node_modules', 'typescript', 'lib', 'tsc.js');
await promisify(execFile)(process.execPath, [tsc, '-p', here, '--outDir', join(made, 'types')]).catch((error) => {
  throw new Error(error.stdout || error.message);
});
await rm(join(here, 'dist'), { recursive: true, force: true });
await rename(made, join(here, 'dist'));
