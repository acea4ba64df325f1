// A name that the schema does not have does not compile; whatever resolves modules finds the types.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const right = `import { createAccess, fromWebSocket } from 'deputy-permissions';
import type { Coordinate, Viewer } from 'deputy-permissions';
import { createClient } from 'graphql-ws';
import { createClient as createStreams } from 'graphql-sse';
import { fromEventStream, fromPolling } from 'deputy-permissions';
import { AccessProvider, Can, useCan, useViewer } from 'deputy-permissions/react';
interface Me extends Viewer { id: string }
const access = createAccess<Me>({ source: fromWebSocket(createClient({ url: 'ws://here' })) });
createAccess({ source: fromEventStream(createStreams({ url: 'http://here' })) });
createAccess({ source: fromPolling(async (request) => (await fetch('/graphql', { method: 'POST', body: JSON.stringify(request) })).json()) });
const all: Coordinate[] = ['Order.creator', 'Mutation.createTask', 'Org.updatedAt', 'Subscription.viewerChanged'];
const scopes: ('ALL' | 'OWN' | false)[] = [access.can('org', all[0]!), access.can('org', 'ORDERS', 'EXPORT')];
const id: string | undefined = access.viewer?.id;
function Page() {
  const may = useCan('Mutation.createTask') && useCan('AUDIT_LOG', 'EXPORT');
  const me = useViewer<Me>();
  return <AccessProvider access={access} org="org"><Can do="Order.creator" otherwise={me?.id}>{may}</Can><Can module="TASKS" action="EDIT" /></AccessProvider>;
}
export { Page, id, scopes };
`;

const wrong = [
  `access.can('org', 'Order.creatr');`,
  `access.can('org', 'Ordr.creator');`,
  `access.can('org', 'createTask');`,
  `access.can('org', 'ORDERS', 'DELETE');`,
  `access.can('org', 'ORDER', 'VIEW');`,
  `access.can('org', 'ORDERS');`,
  `access.can('Order.creator');`,
  `useCan('Mutation.makeTask');`,
  `useCan('ORDERS');`,
  `useCan('TASKS', 'SEE');`,
  `<Can do="Mutation.makeTask" />;`,
  `<Can module="TASKS" />;`,
  `<Can module="TASKS" action="Mutation.createTask" />;`,
];

for (const moduleResolution of ['bundler', 'nodenext']) {
  test(`with moduleResolution ${moduleResolution}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'deputy-permissions-'));
    try {
      mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true });
      symlinkSync(root, join(folder, 'node_modules', 'deputy-permissions'), 'dir');
      for (const name of ['react', 'graphql-ws', 'graphql-sse', 'graphql', '@types/react', 'csstype']) {
        symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir');
      }
      writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
      const body = `${right}${wrong.join('\n')}\n`;
      writeFileSync(join(folder, 'page.tsx'), body);
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
        compilerOptions: {
          target: 'es2022', module: moduleResolution === 'bundler' ? 'esnext' : 'nodenext', moduleResolution, jsx: 'react-jsx',
          lib: ['es2022', 'dom'], types: [], strict: true, noEmit: true, skipLibCheck: false, preserveSymlinks: true,
        },
        files: ['page.tsx'],
      }));
      const { stdout, error } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/lib/tsc.js'), '-p', folder, '--pretty', 'false'], {
        encoding: 'utf8', timeout: 100_000,
      });
      assert.equal(error, undefined);
      const first = right.split('\n').length; // the line of the first that is wrong
      const lines = [...stdout.matchAll(/^(\S+?)\((\d+),\d+\): error/gm)].map(([, file, line]) => [file.split('/').at(-1), Number(line)]);
      assert.deepEqual(
        [...new Set(lines.map(([file, line]) => `${file}:${line}`))].sort(),
        wrong.map((_, i) => `page.tsx:${first + i}`).sort(),
        stdout,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
