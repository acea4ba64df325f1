// 帐号管理 as an owner uses it, in a real browser on a real server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bind, codeOf, launch, unusedPhone } from './browser.mjs';
import { fromStart, person, serve } from './server.mjs';

let browser, server, owner, org, list, page, found;

const text = (locator) => locator.innerText();
const rows = () => page.locator('tbody tr');
const acts = () => page.locator('.batch-bar > .button:not(.link)');
const api = (operation, variables) => owner.api(operation, variables);
const codeFor = (flow) => codeOf(server.log, flow);
const newest = { field: 'CREATED_AT', direction: 'DESC' };
const accounts = async (filter = {}) =>
  (await api('subAccountListQuery', { org, ...fromStart({ filter, orderBy: newest }) })).org.subAccounts.nodes;
const statusOf = async (id) => (await accounts()).find((one) => one.id === id)?.status;
const open = async (path = '') => {
  await page.goto(server.base + list + path);
  await page.locator('h1').waitFor();
};

before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
  owner = await person(server, browser, '13800000001');
  org = owner.viewer.ownedOrg.id;
  list = `/console/o/${org}/settings/accounts`;
  ({ page, found } = await owner.open(list));
});

after(async () => {
  await browser?.close();
  await server?.close();
  assert.deepEqual(found, []);
});

// ask fills in the form of a new account, and returns what the server says of the code.
async function ask(name, contact) {
  await page.getByLabel('名称').fill(name);
  await page.getByLabel('手机号或邮箱').fill(contact);
  const sent = page.waitForResponse(
    (response) => response.url().endsWith('/graphql') && response.request().postData()?.includes('"to":'),
  );
  await page.getByRole('button', { name: '获取验证码' }).click();
  const { data } = await (await sent).json();
  return data.sendBindCode;
}

test('a new account, another one with the same roles, and every refusal at its field', async () => {
  await open('/new');
  const bound = (await accounts()).find(({ phone }) => phone)?.phone;
  await ask('小林', bound);
  assert.equal(await text(page.locator('.contact-row .wrong')), '该手机号已绑定至此机构');

  // What is told of the person's account, once the code was right, stands there too.
  const owns = await ask('小林', '13800000001');
  await page.locator('.role-choices .checkbox').first().click();
  await page.locator('.code-field input').fill(await codeFor(owns.flow));
  await page.getByRole('button', { name: '新建', exact: true }).click();
  await page.locator('.contact-row .wrong').waitFor();
  assert.equal(await text(page.locator('.contact-row .wrong')), '该帐号已开通自己的机构，不能成为子帐号，请换一个。');
  assert.equal(await page.locator('.code-field').count(), 0, 'the code is used up');

  const first = unusedPhone();
  const { flow } = await ask('小林', first);
  const code = await codeFor(flow);
  await page.locator('.code-field input').fill(code === '000000' ? '000001' : '000000');
  await page.getByRole('button', { name: '新建', exact: true }).click();
  await page.locator('.field:has(.code-field) .wrong').waitFor();
  await page.locator('.code-field input').fill(code);
  await page.getByRole('button', { name: '新建并继续' }).click();
  await page.getByText('已新建子帐号“小林”').first().waitFor();
  assert.equal(await page.getByLabel('名称').inputValue(), '');
  assert.equal(await page.locator('.role-choices li[data-chosen]').count(), 1, 'the roles stay');

  const second = await ask('小周', unusedPhone());
  await page.locator('.code-field input').fill(await codeFor(second.flow));
  await page.getByRole('button', { name: '新建', exact: true }).click();
  await page.waitForURL(/marked=/);
  const marked = page.locator('tbody tr[data-marked]');
  await marked.waitFor();
  assert.match(await text(marked), /小周[\s\S]*已启用/);
});

test('one is disabled, and enabled again from the notice', async () => {
  await open();
  const [account] = await accounts({ statuses: ['ENABLED'] });
  const one = page.locator(`[id="row-${account.id}"]`);
  await one.getByRole('button', { name: '停用' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: '停用' }).click();
  await one.getByText('已停用').waitFor();
  assert.equal(await statusOf(account.id), 'DISABLED');
  await page.locator('.toast').getByRole('button', { name: '撤销' }).first().click();
  await one.getByText('已启用').waitFor();
  assert.equal(await statusOf(account.id), 'ENABLED');
});

test('a batch has a result for each item, keeps what failed selected, and takes back what it did', async () => {
  await open();
  const [a, b, c] = await accounts();
  await api('subAccountBatchDisableMutation', { input: { orgId: org, ids: [c.id] } });
  for (const { id } of [a, b, c]) await page.locator(`[id="row-${id}"] .checkbox`).click();
  await acts().nth(1).click();
  await api('subAccountBatchDeleteMutation', { input: { orgId: org, ids: [b.id] } });
  await page.getByRole('alertdialog').getByRole('button', { name: '停用' }).click();
  const results = page.locator('.batch-results li');
  await results.first().waitFor();
  assert.equal(await results.count(), 3);
  assert.match(await text(results.filter({ hasText: b.name }).first()), /找不到该子帐号/);
  await page.getByRole('button', { name: '撤销' }).first().click();
  await page.getByText('已撤销 1 项').first().waitFor();
  assert.equal(await statusOf(a.id), 'ENABLED', 'what the batch disabled is enabled again');
  assert.equal(await statusOf(c.id), 'DISABLED', 'what was disabled before stays so');
  assert.match(await text(page.locator('.batch-bar')), /已选 1 项/);
});

test('all or nothing: one that is gone leaves the others as they were', async () => {
  await open();
  const [a, b] = await accounts({ statuses: ['ENABLED'] });
  for (const { id } of [a, b]) await page.locator(`[id="row-${id}"] .checkbox`).click();
  await acts().nth(1).click();
  await page.getByText('全部成功才执行').click();
  await api('subAccountBatchDeleteMutation', { input: { orgId: org, ids: [b.id] } });
  await page.getByRole('alertdialog').getByRole('button', { name: '停用' }).click();
  await page.locator('.batch-results .left').waitFor();
  assert.equal(await statusOf(a.id), 'ENABLED');
});

test('the selection lives across filters', async () => {
  await open('?size=20');
  const total = (await accounts()).length;
  await page.locator('thead .checkbox').click();
  assert.match(await text(page.locator('.batch-bar')), new RegExp(`已选 ${Math.min(total, 20)} 项`));
  await page.getByRole('button', { name: '清除' }).click();
  await rows().first().locator('.checkbox').click();
  await page.getByRole('searchbox').fill('zzz');
  await page.getByRole('button', { name: '查询' }).click();
  await page.getByText('没有符合条件的结果').waitFor();
  assert.match(await text(page.locator('.batch-bar')), /已选 1 项/);
});

test('all results of a filter are selected, run 100 a call, and stop between two calls', async () => {
  const roleIds = (await accounts())[0].roles.map(({ id }) => id);
  const many = 105;
  for (let i = 0; i < many; i++) await bind(server, owner.cookie, org, { name: `批量${i}`, roleIds });
  await open('?search=批量');
  await page.locator('thead .checkbox').click();
  await page.getByRole('button', { name: `选择全部 ${many} 条结果` }).click();
  await page.getByText(`已选 ${many} 项`).waitFor();
  await acts().nth(1).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByText(/每次处理 100 项/).waitFor();
  // The first call is held until somebody has pressed 停止.
  let release;
  const stopped = new Promise((resolve) => {
    release = resolve;
  });
  let calls = 0;
  await page.route('**/graphql', async (route) => {
    if (route.request().postData()?.includes('"policy"')) {
      calls++;
      await stopped;
    }
    await route.continue();
  });
  await dialog.getByRole('button', { name: '停用' }).click();
  await page.getByRole('button', { name: '停止' }).click();
  await page.getByText('正在停止').waitFor();
  release();
  await page.getByText(`完成 100 项，未执行 ${many - 100} 项`).waitFor();
  await page.unroute('**/graphql');
  assert.equal(calls, 1);
  assert.equal((await accounts({ search: '批量', statuses: ['ENABLED'] })).length, many - 100);
  await page.getByRole('button', { name: `继续执行其余 ${many - 100} 项` }).click();
  await page.getByText(`完成 ${many} 项`, { exact: true }).waitFor();
  await page.getByRole('button', { name: '关闭' }).last().click();
  assert.equal(await page.locator('.batch-bar').count(), 0);

  // Another filter drops what was selected by the first.
  await page.locator('thead .checkbox').click();
  await page.getByRole('button', { name: `选择全部 ${many} 条结果` }).click();
  await page.getByText(`已选 ${many} 项`).waitFor();
  await page.getByRole('searchbox').fill('批量1');
  await page.getByRole('button', { name: '查询' }).click();
  await page.waitForURL(/search=%E6%89%B9%E9%87%8F1/);
  await page.locator('.batch-bar').waitFor({ state: 'detached' });
  for (let left = await accounts({ search: '批量' }); left.length > 0; left = await accounts({ search: '批量' })) {
    await api('subAccountBatchDeleteMutation', { input: { orgId: org, ids: left.map(({ id }) => id) } });
  }
});

test('two change one account: mine and theirs side by side, and what was chosen is saved', async () => {
  const [account] = await accounts();
  await open(`/${account.id}`);
  await page.getByLabel('名称').fill('我改的名字');
  await api('subAccountEditorMutation', {
    input: { orgId: org, id: account.id, name: '别人改的名字', roleIds: account.roles.map(({ id }) => id) },
  });
  await page.getByRole('button', { name: '保存', exact: true }).click();
  const half = (name) => page.locator('.conflict label').filter({ hasText: name });
  await half('别人改的名字').waitFor();
  assert.equal(await half('我改的名字').locator('input').isChecked(), true);
  await page.getByRole('button', { name: '保存所选内容' }).click();
  await page.waitForURL(/marked=/);
  assert.equal((await accounts()).find(({ id }) => id === account.id).name, '我改的名字');

  await open(`/${account.id}`);
  await page.getByLabel('名称').fill('再改一次');
  await api('subAccountEditorMutation', {
    input: { orgId: org, id: account.id, name: '又被改了', roleIds: account.roles.map(({ id }) => id) },
  });
  await page.getByRole('button', { name: '保存', exact: true }).click();
  await half('又被改了').waitFor();
  await page.getByRole('button', { name: '放弃我的修改' }).click();
  await page.locator('.conflict').waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('名称').inputValue(), '又被改了');
});

test('one is deleted, its creators go to another, and the focus goes on', async () => {
  await open('?sort=CREATED_AT:ASC');
  const all = (await accounts()).toReversed();
  const counts = await Promise.all(
    all.map(
      async ({ id }) => (await api('subAccountBatchCreatorsQuery', { org, managers: [id] })).org.creators.totalCount,
    ),
  );
  const at = counts.findIndex((count) => count > 0);
  const [gone, next] = [all[at], all[at + 1]];
  const heir = all.find(({ status, id }) => status === 'ENABLED' && id !== gone.id);
  await page.locator(`[id="row-${gone.id}"]`).getByRole('button', { name: '删除' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByText(/位达人由其负责/).waitFor();
  await dialog.getByRole('combobox').click();
  await page.getByRole('option', { name: heir.name, exact: true }).first().click();
  await dialog.getByRole('button', { name: '删除' }).click();
  await page
    .getByText(/已删除子帐号.*位达人已交接/)
    .first()
    .waitFor();
  await page.locator(`[id="row-${gone.id}"]`).waitFor({ state: 'detached' });
  const left = (await api('subAccountBatchCreatorsQuery', { org, managers: [heir.id] })).org.creators.totalCount;
  assert.equal(left, counts[at] + counts[all.indexOf(heir)], 'the creators are the heir’s');
  await page.waitForFunction((id) => document.activeElement?.id === id, `row-${next.id}`);
});
