// 岗位管理 in a real browser: two people change one role, and whoever loses something is named.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bind, launch } from './browser.mjs';
import { person, serve } from './server.mjs';

let browser, server, owner, org, page, found;

const api = (operation, variables) => owner.api(operation, variables);
const open = (role) => page.goto(`${server.base}/console/o/${org}/settings/roles/${role.id}`);

before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
  owner = await person(server, browser, '13800000001');
  org = owner.viewer.ownedOrg.id;
  ({ page, found } = await owner.open('/console'));
});

after(async () => {
  await browser?.close();
  await server?.close();
  assert.deepEqual(found, []);
});

test('what somebody else saved meanwhile is shown beside what was typed, also after a reload', async () => {
  const grants = [{ module: 'ORDERS', actions: ['VIEW'], scope: 'ALL' }];
  const { role } = (
    await api('roleEditorCreateMutation', {
      input: { orgId: org, name: `质检${Date.now() % 1e6}`, description: '', grants },
    })
  ).createRole;
  await open(role);
  await page.getByLabel('描述').fill('我写的描述');
  await api('roleEditorUpdateMutation', {
    input: {
      orgId: org,
      id: role.id,
      description: '别人的描述',
      grants: [{ ...grants[0], actions: ['VIEW', 'EXPORT'] }],
    },
  });
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
  const { role } = (
    await api('roleEditorCreateMutation', {
      input: { orgId: org, name: `排期${Date.now() % 1e6}`, description: '', grants },
    })
  ).createRole;
  await bind(server, owner.cookie, org, { name: '小吴', roleIds: [role.id] });
  await open(role);
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
  assert.deepEqual((await api('roleEditorTheirsQuery', { id: role.id })).node.grants, [
    { module: 'TASKS', actions: ['VIEW'], scope: 'ALL' },
  ]);
});
