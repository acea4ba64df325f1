// What relay-compiler makes of files with operations, as a project of its own has them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// compile takes the folder of relay-compiler, a schema, and texts by the names of their files. It answers artifacts by
// their names.
export async function compile(compiler, sdl, files) {
  const app = mkdtempSync(join(tmpdir(), 'relay-'));
  try {
    mkdirSync(join(app, 'src'));
    writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(app, 'schema.graphql'), sdl);
    const config = { src: 'src', schema: 'schema.graphql', language: 'javascript', eagerEsModules: true };
    writeFileSync(join(app, 'relay.config.json'), JSON.stringify(config));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(app, 'src', file), text);
    execFileSync('node', [join(compiler, 'cli.js')], { cwd: app, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    const folder = join(app, 'src', '__generated__');
    // A bundler finds what an artifact imports without its ending; Node.js does not.
    for (const file of readdirSync(folder).map((name) => join(folder, name))) {
      writeFileSync(file, readFileSync(file, 'utf8').replace(/(?<=from ['"]\.\/\w+\.graphql)(?=['"])/g, '.js'));
    }
    const made = {};
    for (const file of readdirSync(folder)) {
      made[file.replace('.graphql.js', '')] = (await import(pathToFileURL(join(folder, file)))).default;
    }
    return made;
  } finally {
    rmSync(app, { recursive: true });
  }
}
