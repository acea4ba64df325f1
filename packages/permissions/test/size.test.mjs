// The package is small, needs nothing, and holds nothing but what it is made of.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

async function size(entry, plugins = []) {
  const { outputFiles } = await build({
    absWorkingDir: root, entryPoints: [entry], bundle: true, minify: true, format: 'esm', target: 'es2022', jsx: 'automatic',
    external: ['react', 'react/jsx-runtime'], write: false, plugins,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

const withoutMap = {
  name: 'without-map',
  setup: ({ onLoad }) => onLoad({ filter: /core[\\/]rules\.ts$/ }, () => ({ contents: "export const rules = '';", loader: 'ts' })),
};

test('the core is at most 5 kB with the map, and 1.5 kB without', async (t) => {
  const [all, core, react] = [await size('src/core/index.ts'), await size('src/core/index.ts', [withoutMap]), await size('src/react/index.tsx')];
  t.diagnostic(`${all} bytes with the map, ${core} without, ${react} for React`);
  assert.ok(all <= 5000, `${all} bytes`);
  assert.ok(core <= 1500, `${core} bytes`);
  assert.ok(all > core + 500, 'the map is in it');
});

test('it needs nothing, and the pack holds what is built alone', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url)));
  assert.equal(manifest.dependencies, undefined);
  assert.deepEqual(Object.keys(manifest.peerDependenciesMeta), Object.keys(manifest.peerDependencies));
  const [{ files }] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8', timeout: 60_000 }));
  const wrong = files.map(({ path }) => path).filter((path) => !/^(package\.json|README\.md|dist\/(index|react)\.js|dist\/types\/(core|react)\/\w+\.d\.ts)$/.test(path));
  assert.deepEqual(wrong, []);
  for (const entry of Object.values(manifest.exports)) {
    for (const path of Object.values(entry)) assert.ok(files.some((file) => `./${file.path}` === path), path);
  }
});
