// What the page asks for, and what it fetches before it shows.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { complaints, dist, fromDisk, launch, nameOf } from './browser.mjs';
import { person, serve } from './server.mjs';

let browser, server, owner, org;

before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
  owner = await person(server, browser, '13800000001');
  org = owner.viewer.ownedOrg.id;
});

after(async () => {
  await browser?.close();
  await server?.close();
});

// visit opens an address in a browser that has nothing yet, and returns what was asked for until a part shows.
async function visit(path, part, { signedOut } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
  if (process.env.DISK) await fromDisk(context);
  if (!signedOut) await context.addCookies([owner.browserCookie]);
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const found = complaints(page);
  const hosts = new Set();
  const scripts = [];
  const operations = [];
  page.on('request', (request) => {
    const { host, pathname } = new URL(request.url());
    hosts.add(host);
    if (pathname.endsWith('.js')) scripts.push(pathname.split('/').at(-1));
    if (pathname === '/graphql' && request.method() === 'POST')
      operations.push(nameOf(JSON.parse(request.postData()).documentId));
  });
  await page.goto(server.base + path);
  await page.locator(part).first().waitFor();
  const seen = { operations: [...operations], scripts: [...scripts], hosts: [...hosts] };
  await context.close();
  assert.deepEqual(found, []);
  assert.deepEqual(seen.hosts, [new URL(server.base).host], 'no other host');
  return seen;
}

const size = (scripts) => scripts.reduce((sum, name) => sum + statSync(join(dist, 'assets', `${name}.gz`)).size, 0);
const isLanguage = (name) => /^(zh-CN|en)-/.test(name);

test('one request stands before that of the rows', async () => {
  assert.deepEqual((await visit(`/console/o/${org}/settings/roles`, 'tbody tr')).operations, [
    'accessQuery',
    'roleListQuery',
  ]);
  assert.deepEqual((await visit(`/console/o/${org}/settings/accounts`, 'tbody tr')).operations, [
    'accessQuery',
    'subAccountListQuery',
  ]);
});

test('a sign-in asks who is there, and fetches what its budget allows', async () => {
  const { operations, scripts } = await visit('/console', 'form', { signedOut: true });
  assert.deepEqual(operations, ['accessQuery']);
  assert.equal(scripts.filter(isLanguage).length, 1);
  const bytes = size(scripts.filter((name) => !isLanguage(name)));
  assert.ok(bytes <= 170_000, `${bytes} bytes of scripts`);
});

test('a list fetches what its budget allows', async () => {
  const { scripts } = await visit(`/console/o/${org}/settings/accounts`, 'tbody tr');
  const bytes = size(scripts.filter((name) => !isLanguage(name)));
  assert.ok(bytes <= 290_000, `${bytes} bytes of scripts`);
});
