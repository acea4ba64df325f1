// 操作日志 in a real browser on a real server: its filters, live, before and after, the file, and the way from an
// object.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { launch } from './browser.mjs';
import { fromStart, person, serve } from './server.mjs';

let browser, server, owner, org, role, page, context, found;

const rows = () => page.locator('tbody tr');
const update = (description, more = {}) =>
  owner.api('roleEditorUpdateMutation', { input: { orgId: org, id: role.id, description, ...more } });
const events = async (filter = {}) =>
  (await owner.api('auditListQuery', { org, first: 100, offset: 0, filter })).org.auditEvents;
const open = async (path = '') => {
  await page.goto(`${server.base}/console/o/${org}/audit${path}`);
  await page.locator('h1').waitFor();
};
const choose = async (label, text, name) => {
  await page.getByRole('combobox', { name: label, exact: true }).fill(text);
  await page.getByRole('option', { name, exact: true }).click();
};

before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
  owner = await person(server, browser, '13800000001');
  org = owner.viewer.ownedOrg.id;
  role = (await owner.api('roleListQuery', { org, ...fromStart() })).org.roles.nodes[0];
  await update('先这样');
  await update('后来这样', { grants: [{ module: 'TASKS', actions: ['VIEW'], scope: 'ALL' }] });
  ({ page, context, found } = await owner.open(`/console/o/${org}/audit`));
});

after(async () => {
  await browser?.close();
  await server?.close();
  assert.deepEqual(found, []);
});

test('filters: found by typing, kept in the address, and taken back', async () => {
  await open();
  await choose('操作', '岗位', '编辑岗位');
  await choose('操作人', '主', '主帐号');
  await page.getByRole('button', { name: '查询' }).click();
  await page.waitForURL(/operation=updateRole/);
  const { totalCount } = await events({ operations: ['updateRole'] });
  await page.getByText(`共 ${totalCount} 条`, { exact: true }).waitFor();
  assert.equal(await rows().count(), totalCount);
  await page.reload();
  await page.getByText(`共 ${totalCount} 条`, { exact: true }).waitFor();
  assert.equal(await page.getByRole('combobox', { name: '操作', exact: true }).inputValue(), '编辑岗位');
  assert.equal(await page.getByRole('combobox', { name: '操作人' }).inputValue(), '主帐号');
  await page.getByRole('button', { name: '重置' }).click();
  await page.waitForURL((url) => !url.search.includes('updateRole'));
  assert.equal(await page.getByRole('combobox', { name: '操作', exact: true }).inputValue(), '');
  await page.getByText(`共 ${(await events()).totalCount} 条`, { exact: true }).waitFor();
});

test('days are those of the org, and nothing that matches is said in words', async () => {
  const all = (await events()).nodes;
  const day = (at) => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date(at));
  const first = day(all[0].at);
  const expected = (await events({ atFrom: new Date(`${first}T00:00:00+08:00`).toISOString() })).totalCount;
  await open(`?from=${first}`);
  await page.getByText(`共 ${expected} 条`, { exact: true }).waitFor();
  await open('?from=2001-01-01&to=2001-01-02&outcome=REFUSED');
  await page.getByRole('heading', { name: '没有符合条件的结果' }).waitFor();
  await page.getByText('已拒绝 · 2001-01-01 · 2001-01-02').waitFor();
  await page.getByRole('button', { name: '清除筛选' }).click();
  await rows().first().waitFor();
});

test('new events come in by themselves, and wait while the log is paused', async () => {
  await open();
  await rows().first().waitFor();
  await update('实时一');
  const marked = page.locator('tbody tr[data-marked]');
  await marked.first().waitFor();
  assert.equal(await marked.count(), 1);
  await page.getByRole('button', { name: '暂停' }).click();
  await update('实时二');
  await update('实时三');
  await page.getByText('2 条新记录', { exact: true }).waitFor();
  assert.equal(await marked.count(), 1, 'the rows stay');
  await page.getByRole('button', { name: '继续' }).click();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr[data-marked]').length === 3);
  await page.getByText('实时更新').waitFor();

  await open('?operation=createRole');
  await page.getByRole('button', { name: '暂停' }).click();
  await update('与筛选无关');
  await owner.api('roleEditorCreateMutation', { input: { orgId: org, name: '实时四', grants: [] } });
  await page.getByText('1 条新记录', { exact: true }).waitFor();
});

test('an event: who, from where, and before and after line by line', async () => {
  await update('改之前', { grants: [{ module: 'TASKS', actions: ['VIEW'], scope: 'ALL' }] });
  await update('改之后', {
    grants: [
      { module: 'TASKS', actions: ['VIEW'], scope: 'ALL' },
      { module: 'ORDERS', actions: ['VIEW', 'EXPORT'], scope: 'OWN' },
    ],
  });
  await open('?operation=updateRole');
  await rows().first().getByRole('link').click();
  await page.getByRole('heading', { name: `编辑岗位 · ${role.name}` }).waitFor();
  const line = (field) => page.locator('.changes tr').filter({ hasText: field }).locator('td');
  assert.deepEqual(await line('描述').allInnerTexts(), ['改之前', '改之后']);
  const granted = line('权限').last().locator('.line');
  assert.deepEqual((await granted.allInnerTexts()).sort(), ['机构任务：查看', '订单管理：查看、导出（自己的达人）']);
  assert.equal(await line('权限').last().locator('.come').innerText(), '订单管理：查看、导出（自己的达人）');
  assert.equal(await line('描述').first().locator('.gone').innerText(), '改之前');
  await page.getByRole('link', { name: '此对象的全部记录' }).click();
  await page.getByText(`只显示“${role.name}”的记录`).waitFor();
  await page.getByText(`共 ${(await events({ targetId: role.id })).totalCount} 条`, { exact: true }).waitFor();
});

test('from a role and an account to what happened to them', async () => {
  const [account] = (await owner.api('subAccountListQuery', { org, ...fromStart() })).org.subAccounts.nodes;
  for (const [path, { id, name }] of [
    ['roles', role],
    ['accounts', account],
  ]) {
    await page.goto(`${server.base}/console/o/${org}/settings/${path}/${id}`);
    await page.getByRole('link', { name: '操作记录' }).click();
    await page.getByText(`只显示“${name}”的记录`).waitFor();
    await page.getByText(`共 ${(await events({ targetId: id })).totalCount} 条`, { exact: true }).waitFor();
  }
});

test('the file has what the filters match', async () => {
  await open(`?operation=updateRole`);
  const { totalCount } = await events({ operations: ['updateRole'] });
  await page.getByRole('button', { name: '导出' }).click();
  await page.getByText(`将下载符合当前筛选条件的 ${totalCount} 条记录。`).waitFor();
  const file = page.waitForEvent('download');
  await page.getByRole('button', { name: '下载' }).click();
  const download = await file;
  assert.match(download.suggestedFilename(), /\.csv$/);
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\n');
  assert.equal(lines.filter((text) => text.includes('编辑岗位')).length, totalCount);
});

test('whoever may not read the log sees no way to it', async () => {
  const somebody = await person(server, browser, '13800000011');
  const other = await somebody.open(`/console/o/${org}/tasks`);
  await other.page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await other.page.getByRole('link', { name: '操作日志' }).count(), 0);
  await other.context.close();
  assert.deepEqual(other.found, []);
  await context.close();
});
