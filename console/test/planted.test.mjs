// Faults that are planted in the sources are found by what builds the page, those in a page by what looks at it, and a
// write that could be done twice by every test in a browser.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { launch } from './browser.mjs';
import { viewer } from './look.mjs';
import { fromStart, person, serve } from './server.mjs';

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

test('a colour below contrast, a part without a name, what is too wide, and text that is cut', async () => {
  const [browser, server] = await Promise.all([launch(), serve()]);
  try {
    const page = await browser.newPage({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(60_000);
    await page.goto(`${server.base}/console/sign-in`);
    await page.locator('h1').waitFor();
    const { layout, axe } = await viewer(page);
    assert.deepEqual([...(await axe()), ...(await layout())], []);
    const planted = async (selector, style, look) => {
      const place = page.locator(selector).first();
      const before = await place.getAttribute('style');
      await place.evaluate((element, change) => Object.assign(element.style, change), style);
      const found = await look();
      await place.evaluate((element, text) => (element.style.cssText = text), before ?? '');
      return found.join('\n');
    };
    assert.match(await planted('.gate-card label', { color: '#b0b0b0' }, axe), /color-contrast/);
    assert.match(await planted('.gate-card', { width: '1600px' }, layout), /the page scrolls sideways by/);
    assert.match(await planted('h1', { width: '20px', overflow: 'hidden', whiteSpace: 'nowrap' }, layout), /cuts "/);
    assert.match(await planted('h1', { width: '20px', whiteSpace: 'nowrap' }, layout), /sticks out of/);
    assert.match(await planted('h1', { height: '4px', overflow: 'hidden' }, layout), /cuts "/);
    await page.locator('.gate-head .button').evaluate((element) => element.replaceChildren());
    assert.match((await axe()).join('\n'), /button-name/);
  } finally {
    await browser.close();
    await server.close();
  }
});

test('a text that is written as HTML', () => {
  const write = (text) => `${text}\nexport const show = (at: Element, name: string) => (at.innerHTML = name);\n`;
  const { status, stderr } = planted('guards.mjs', 'role/grants.ts', write);
  assert.equal(status, 1);
  assert.match(stderr, /src\/role\/grants\.ts: writes HTML/);
});

test('a check of access of its own', () => {
  const check = (text) =>
    `${text}\nexport const sees = (org: { viewerGrants: unknown[] }) => org.viewerGrants.some(Boolean);\n`;
  const { status, stderr } = planted('guards.mjs', 'role/grants.ts', check);
  assert.equal(status, 1);
  assert.match(stderr, /src\/role\/grants\.ts: asks for access past may\(\)/);
});

test('a write without its Idempotency-Key', async () => {
  const [browser, server] = await Promise.all([launch(), serve()]);
  try {
    const owner = await person(server, browser, '13800000001');
    const org = owner.viewer.ownedOrg.id;
    const [role] = (await owner.api('roleListQuery', { org, ...fromStart() })).org.roles.nodes;
    const { page, found } = await owner.open('/console/me/activity');
    let lost = 0;
    await page.route('**/console/assets/*.js', async (route) => {
      const response = await route.fetch();
      const text = await response.text();
      const without = text.replaceAll('Idempotency-Key', 'Idempotency');
      if (without !== text) lost++;
      await route.fulfill({ response, body: without });
    });
    await page.goto(`${server.base}/console/o/${org}/settings/roles/${role.id}`);
    await page.getByLabel('描述').fill('没有钥匙');
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByText(`已保存岗位“${role.name}”`).first().waitFor();
    await page.unrouteAll({ behavior: 'wait' }); // before the browser closes, code that is still fetched has arrived
    assert.ok(lost > 0, 'something is planted');
    assert.deepEqual(found, ['roleEditorUpdateMutation has no Idempotency-Key']);
  } finally {
    await browser.close();
    await server.close();
  }
});
