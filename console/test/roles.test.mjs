// 岗位管理 in a real browser: two people change one role. BASE is the address of a server with the demo, LOG its log.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bind, complaints, fromDisk, launch, post, signedIn, signIn } from './browser.mjs';

const base = process.env.BASE;
let browser, owner, org, page, found;

const api = async (operation, variables) => (await post(base, operation, variables, owner.cookie)).data;

before(async () => {
  browser = await launch();
  owner = process.env.COOKIE ? await signedIn(base, process.env.COOKIE) : await signIn(base, process.env.LOG, '13800000001');
  org = owner.viewer.ownedOrg.id;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
  if (process.env.DISK) await fromDisk(context);
  await context.addCookies([owner.browserCookie]);
  page = await context.newPage();
  page.setDefaultTimeout(30_000);
  found = complaints(page);
});

after(async () => {
  await browser?.close();
  assert.deepEqual(found, []);
});

test('what somebody else saved meanwhile is shown beside what was typed, also after a reload', async () => {
  const grants = [{ module: 'ORDERS', actions: ['VIEW'], scope: 'ALL' }];
  const { role } = (await api('roleEditorCreateMutation', { input: { orgId: org, name: `质检${Date.now() % 1e6}`, description: '', grants } })).createRole;
  await page.goto(`${base}/console/o/${org}/settings/roles/${role.id}`);
  await page.getByLabel('描述').fill('我写的描述');
  await api('roleEditorUpdateMutation', { input: { orgId: org, id: role.id, description: '别人的描述', grants: [{ ...grants[0], actions: ['VIEW', 'EXPORT'] }] } });
  // The draft knows what it was made of, so a reload does not make it newer than what they saved.
  await page.reload();
  assert.equal(await page.getByLabel('描述').inputValue(), '我写的描述');
  await page.getByRole('button', { name: '保存', exact: true }).click();
  const half = (text) => page.locator('.conflict label').filter({ hasText: text });
  await half('别人的描述').waitFor();
  assert.equal(await half('我写的描述').locator('input').isChecked(), true, 'what I changed is mine to begin with');
  assert.equal(await half('订单管理 · 导出').locator('input').isChecked(), true, 'what I did not touch is theirs');
  await page.getByRole('button', { name: '保存所选内容' }).click();
  await page.waitForURL(/marked=/);
  const { node } = await api('roleEditorTheirsQuery', { id: role.id });
  assert.equal(node.description, '我写的描述');
  assert.deepEqual(node.grants, [{ module: 'ORDERS', actions: ['VIEW', 'EXPORT'], scope: 'ALL' }]);
});

test('whoever loses something is named before it is saved, however fast it is saved', async () => {
  const grants = [{ module: 'TASKS', actions: ['VIEW', 'EDIT'], scope: 'ALL' }];
  const { role } = (await api('roleEditorCreateMutation', { input: { orgId: org, name: `排期${Date.now() % 1e6}`, description: '', grants } })).createRole;
  await bind(base, process.env.LOG, owner.cookie, org, { name: '小吴', roleIds: [role.id] });
  await page.goto(`${base}/console/o/${org}/settings/roles/${role.id}`);
  await page.getByRole('checkbox', { name: '机构任务 · 编辑' }).uncheck({ force: true });
  await page.getByRole('button', { name: '保存', exact: true }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByText('小吴').first().waitFor();
  await dialog.getByText('失去 机构任务 · 编辑').waitFor();
  await dialog.getByRole('button', { name: '取消' }).click();
  assert.deepEqual((await api('roleEditorTheirsQuery', { id: role.id })).node.grants, grants);
  await page.getByRole('button', { name: '保存', exact: true }).click();
  await dialog.getByRole('button', { name: '保存' }).click();
  await page.waitForURL(/marked=/);
  assert.deepEqual((await api('roleEditorTheirsQuery', { id: role.id })).node.grants, [{ module: 'TASKS', actions: ['VIEW'], scope: 'ALL' }]);
});
