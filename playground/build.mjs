// Builds dist/: GraphiQL, its workers and the examples, under names that carry a hash of their content.
// It is made aside and moved into place at the end: a build that broke off leaves no half of a page to embed.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const base = '/playground/';
const made = join(here, 'node_modules', '.dist');
const dist = join(here, 'dist');

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  metafile: true,
  legalComments: 'linked',
  target: 'es2022',
  logLevel: 'warning',
  outdir: join(made, 'assets'),
  define: { 'process.env.NODE_ENV': '"production"' },
};

// GraphiQL's style sheet already holds the editor's.
const withoutEditorStyle = {
  name: 'without-editor-style',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]monaco-editor[\\/].*\.css$/ }, () => ({ contents: '', loader: 'css' }));
  },
};

// The editor would underline variables that leave out what has a default: a field of an input that is not null and has one may be absent
// (https://spec.graphql.org/September2025/#sec-Input-Object-Required-Fields).
const withDefaults = {
  name: 'with-defaults',
  setup({ onLoad }) {
    const required = 'const required = isNonNullType(type);';
    onLoad({ filter: /[\\/]getVariablesJSONSchema\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (source.split(required).length !== 2) throw new Error(`${path} is another one: is withDefaults still needed?`);
      return { contents: source.replace(required, 'const required = isNonNullType(type) && fieldOrType.defaultValue === undefined;') };
    });
  },
};

async function buildWorkers() {
  const { metafile } = await build({
    ...common,
    format: 'iife',
    entryNames: '[name]-[hash]',
    plugins: [withDefaults],
    entryPoints: {
      'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
      'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
      'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
    },
  });
  const names = Object.keys(metafile.outputs).map((path) => basename(path));
  return Object.fromEntries(names.map((name) => [name.split('.')[0], `${base}assets/${name}`]));
}

async function readOperations() {
  const folder = join(here, 'operations');
  const read = (name) => readFile(join(folder, name), 'utf8').then((content) => content.trimEnd());
  const groups = JSON.parse(await read('index.json'));
  for (const operation of groups.flatMap((group) => group.operations)) {
    operation.query = await read(`${operation.file}.graphql`);
    const variables = await read(`${operation.file}.json`).catch((error) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    operation.variables = variables && JSON.stringify(JSON.parse(variables), null, 2);
  }
  return groups;
}

async function buildPage(workers, operations) {
  const { metafile } = await build({
    ...common,
    format: 'esm',
    splitting: true,
    jsx: 'automatic',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    entryPoints: { playground: 'src/main.jsx' },
    define: { ...common.define, WORKERS: JSON.stringify(workers), OPERATIONS: JSON.stringify(operations) },
    plugins: [withoutEditorStyle, withDefaults],
  });
  const [path, entry] = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === 'src/main.jsx');
  const page = await readFile(join(here, 'index.html'), 'utf8');
  return page
    .replace('{{script}}', `${base}assets/${basename(path)}`)
    .replace('{{style}}', `${base}assets/${basename(entry.cssBundle)}`);
}

// compress adds name.gz beside each file; the server sends it to who takes it.
async function compress(folder) {
  for (const name of await readdir(folder)) {
    const content = await readFile(join(folder, name));
    await writeFile(join(folder, `${name}.gz`), await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }));
  }
}

await rm(made, { recursive: true, force: true });
await mkdir(made);
const page = await buildPage(await buildWorkers(), await readOperations());
await writeFile(join(made, 'index.html'), page);
await compress(join(made, 'assets'));
await rm(dist, { recursive: true, force: true });
await rename(made, dist);
