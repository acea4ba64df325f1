// Another version of the page is on the server: code of this one is gone, or operations are no longer known. The page
// says so once, and what was typed is there after the refresh.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, nameOf } from './browser.mjs';
import { fromStart, person, serve } from './server.mjs';

let browser, server, owner, org, role;

// A browser says by itself that something was not found.
const unexpected = (found) => found.filter((text) => !/Failed to load resource/.test(text));
const inPlace = (page) => page.getByRole('heading', { name: '控制台已更新' });
const bar = (page) => page.locator('.bar').filter({ hasText: '控制台已更新' });

// codeIsGone has the server answer for the page's files as it does for files of another build.
const codeIsGone = (page) =>
  page.route('**/console/assets/*.js', async (route) => {
    const response = await fetch(`${server.base}/console/assets/of-another-build.js`);
    assert.equal(response.status, 404);
    await route.fulfill({
      status: 404,
      contentType: response.headers.get('content-type'),
      body: await response.text(),
    });
  });

// forget has the server know an operation no more: the page sends the id that another build gave it.
const forget = (page, name) =>
  page.route('**/graphql', async (route) => {
    const sent = JSON.parse(route.request().postData());
    if (nameOf(sent.documentId) !== name) return route.continue();
    return route.continue({ postData: JSON.stringify({ ...sent, documentId: '0'.repeat(64) }) });
  });

const editor = () => `/console/o/${org}/settings/roles/${role.id}`;

// draftIsThere refreshes, and expects in the editor what was typed before.
async function draftIsThere(page, refresh, text) {
  await Promise.all([page.waitForEvent('load'), refresh.click()]);
  if (!page.url().endsWith(editor())) await page.goto(server.base + editor());
  await page.getByText('有未保存的修改').waitFor();
  assert.equal(await page.getByLabel('描述').inputValue(), text);
  assert.equal(await bar(page).count(), 0);
}

before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
  owner = await person(server, browser, '13800000001');
  org = owner.viewer.ownedOrg.id;
  role = (await owner.api('roleListQuery', { org, ...fromStart() })).org.roles.nodes[0];
});

after(async () => {
  await browser?.close();
  await server?.close();
});

test('a screen whose code is gone: the notice stands in its place', async () => {
  const { page, context, found } = await owner.open(editor());
  await page.getByLabel('描述').fill('换屏之前');
  await codeIsGone(page);
  await page.getByRole('link', { name: '机构设置' }).click();
  await inPlace(page).waitFor();
  assert.equal(await bar(page).count(), 0, 'once');
  await page.unroute('**/console/assets/*.js');
  await draftIsThere(page, page.getByRole('button', { name: '刷新' }), '换屏之前');
  assert.deepEqual(unexpected(found), []);
  await context.close();
});

test(
  'a part of a screen whose code is gone: the screen stays, below the notice',
  { todo: 'a busy machine loses a step of it' },
  async () => {
    const { page, context, found } = await owner.open(editor());
    await page.getByLabel('描述').fill('搜索之前');
    await codeIsGone(page);
    await page.keyboard.press('Control+k');
    await bar(page).waitFor();
    assert.equal(await page.locator('textarea').inputValue(), '搜索之前');
    await page.getByRole('link', { name: '权限查询' }).click();
    await inPlace(page).waitFor();
    assert.equal(await bar(page).count(), 0, 'once');
    await page.goBack();
    await bar(page).waitFor();
    await page.unroute('**/console/assets/*.js');
    await draftIsThere(page, page.getByRole('button', { name: '刷新' }), '搜索之前');
    assert.deepEqual(unexpected(found), []);
    await context.close();
  },
);

test('texts of a language that are gone: the page goes on in the one that it has', async () => {
  const { page, context, found } = await owner.open(editor());
  await page.getByLabel('描述').fill('换语言之前');
  await codeIsGone(page);
  await page.getByRole('button', { name: '语言' }).click();
  await page.getByRole('menuitem', { name: 'English' }).click();
  await bar(page).waitFor();
  assert.equal(await page.locator('textarea').inputValue(), '换语言之前');
  assert.deepEqual(unexpected(found), []);
  await context.close();
});

test('a screen whose query is not known any more: the notice stands in its place', async () => {
  const { page, context, found } = await owner.open(editor());
  await page.getByLabel('描述').fill('查询之前');
  await forget(page, 'orgSettingsQuery');
  await page.getByRole('link', { name: '机构设置' }).click();
  await inPlace(page).waitFor();
  assert.equal(await bar(page).count(), 0, 'once');
  await page.unroute('**/graphql');
  await draftIsThere(page, page.getByRole('button', { name: '刷新' }), '查询之前');
  assert.deepEqual(unexpected(found), []);
  await context.close();
});

test('a write that is not known any more: nothing is written, and the form stays below the notice', async () => {
  const { page, context, found } = await owner.open(editor());
  await page.getByLabel('描述').fill('保存之前');
  await forget(page, 'roleEditorUpdateMutation');
  await page.getByRole('button', { name: '保存' }).click();
  await bar(page).waitFor();
  assert.equal(await page.locator('textarea').inputValue(), '保存之前');
  assert.equal(await page.locator('.toast').count(), 0, 'once');
  await page.unroute('**/graphql');
  await draftIsThere(page, page.getByRole('button', { name: '刷新' }), '保存之前');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText(`已保存岗位“${role.name}”`).first().waitFor();
  assert.deepEqual(unexpected(found), []);
  await context.close();
});

test('a server that trusts its own operations alone knows none of another build either', async () => {
  const strict = await serve({ DEPUTY_OPERATIONS: 'console' });
  try {
    const somebody = await person(strict, browser, '13800000001');
    const { page, context, found } = await somebody.open('/console/me/activity');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await forget(page, 'securityQuery');
    await page.getByRole('link', { name: '登录与安全' }).click();
    await inPlace(page).waitFor();
    assert.deepEqual(unexpected(found), []);
    await context.close();
  } finally {
    await strict.close();
  }
});

test('live changes that are not known any more: the notice', async () => {
  const { page, context, found } = await owner.open('/console/me/activity');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.routeWebSocket('**/graphql', (socket) => {
    const on = socket.connectToServer();
    socket.onMessage((text) => {
      const message = JSON.parse(text);
      if (message.type === 'subscribe') message.payload.documentId = '0'.repeat(64);
      on.send(JSON.stringify(message));
    });
  });
  await page.reload();
  await bar(page).waitFor();
  assert.deepEqual(unexpected(found), []);
  await context.close();
});
