// Faults that are planted in the sources are found by what builds the page.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

// planted copies the sources, changes one file and returns what a step of the build says of them.
function planted(step, file, change) {
  const folder = mkdtempSync(join(tmpdir(), 'planted-'));
  try {
    cpSync(join(root, 'src'), folder, { recursive: true });
    const path = join(folder, file);
    const before = readFileSync(path, 'utf8');
    const after = change(before);
    assert.notEqual(after, before, 'something is planted');
    writeFileSync(path, after);
    const { status, stderr } = spawnSync(process.execPath, [join(root, step), folder], { encoding: 'utf8' });
    return { status, stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('a screen that requests more than its guard covers', () => {
  const guard = (text) => text.replace(/(path: 'settings\/roles',\s*needs: )'owner'/, "$1'org'");
  const { status, stderr } = planted('guards.mjs', 'role/screens.ts', guard);
  assert.equal(status, 1);
  assert.match(stderr, /settings\/roles: roleListQuery requests Org\.roles, which needs SUB_ACCOUNTS VIEW/);
});

test('a screen of another module', () => {
  const guard = (text) => text.replace("module: 'AUDIT_LOG'", "module: 'ORDERS'");
  const { status, stderr } = planted('guards.mjs', 'audit/screens.ts', guard);
  assert.equal(status, 1);
  assert.match(stderr, /requests Org\.auditEvents, which needs AUDIT_LOG VIEW/);
});

test('a text that is missing in one language', () => {
  const { status, stderr } = planted('text.mjs', 'text/en/role.json', (text) => text.replace(/^.*"title":.*\n/m, ''));
  assert.equal(status, 1);
  assert.match(stderr, /en: role\.title is missing/);
});

test('a text whose languages differ in arguments', () => {
  const { status, stderr } = planted('text.mjs', 'text/en/role.json', (text) => text.replace('{name} copy', 'Copy'));
  assert.equal(status, 1);
  assert.match(stderr, /role\.copyOf: the languages differ in arguments/);
});
