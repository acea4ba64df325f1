// 权限查询, 机构设置 and the switcher of orgs in a real browser on a real server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeOf, launch } from './browser.mjs';
import { fromStart, person, serve } from './server.mjs';

let browser, server, owner, org;

const orgOf = async () => (await owner.api('orgSettingsTheirsQuery', { org })).org;

before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
  owner = await person(server, browser, '13800000001');
  org = owner.viewer.ownedOrg.id;
});

after(async () => {
  await browser?.close();
  await server?.close();
});

test(
  'why somebody may not: found by a name in either language, with the step that decides',
  { todo: 'a busy machine loses a step of it' },
  async () => {
    const { nodes: accounts } = (await owner.api('subAccountListQuery', { org, ...fromStart() })).org.subAccounts;
    const { nodes: roles } = (await owner.api('roleListQuery', { org, ...fromStart() })).org.roles;
    const account = accounts.find(({ name }) => name === '林晓雯');
    const { page, context, found } = await owner.open(`/console/o/${org}/settings/access`);
    const choose = async (label, text, name) => {
      await page.getByRole('combobox', { name: label, exact: true }).fill(text);
      await page.getByRole('option', { name, exact: true }).click();
    };
    const decides = () => page.locator('.decision > li[data-decides] h3').innerText();
    await choose('子帐号', '林晓', account.name);
    await choose('操作', 'settle or', '结算订单');
    await page.getByRole('heading', { name: '“林晓雯”不可以：结算订单' }).waitFor();
    assert.match(await decides(), /^岗位/);
    assert.match(page.url(), /what=Mutation\.settleOrders/);

    await choose('操作', '新建岗', '新建岗位');
    await page.getByRole('heading', { name: '“林晓雯”不可以：新建岗位' }).waitFor();
    assert.match(await decides(), /^规则/);
    await page.getByText('“子帐号管理”不能授予岗位，只有主帐号可以使用。').waitFor();

    await choose('操作', 'Order.product', 'Order.productName');
    await page.getByRole('heading', { name: '“林晓雯”不可以：Order.productName' }).waitFor();

    const give = (names) =>
      owner.api('subAccountEditorMutation', {
        input: {
          orgId: org,
          id: account.id,
          name: account.name,
          roleIds: roles.filter(({ name }) => names.includes(name)).map(({ id }) => id),
        },
      });
    await give(['运营', '财务']);
    await page.reload();
    await page.getByRole('heading', { name: '“林晓雯”可以：Order.productName' }).waitFor();
    assert.deepEqual(await page.locator('.gives li').allInnerTexts(), [
      '运营\n不给予',
      '财务\n给予，数据范围：全部',
      '合计：全部',
    ]);

    await owner.api('subAccountBatchDisableMutation', { input: { orgId: org, ids: [account.id] } });
    await page.reload();
    await page.getByRole('heading', { name: '“林晓雯”不可以：Order.productName' }).waitFor();
    assert.match(await decides(), /^席位/);
    await owner.api('subAccountBatchEnableMutation', { input: { orgId: org, ids: [account.id] } });
    assert.deepEqual(found, []);
    await context.close();
  },
);

test('the organization: its names and its time zone change, and its currency says why it does not', async () => {
  const { page, context, found } = await owner.open(`/console/o/${org}/settings/org`);
  const currency = page.getByLabel('货币');
  await currency.waitFor();
  assert.equal(await currency.isDisabled(), true);
  await page.getByText('机构已有订单，货币不能再更改。').waitFor();
  await page.getByLabel('主帐号名称').fill('王总');
  await page.getByRole('combobox', { name: '时区' }).fill('urumqi');
  await page.getByRole('option', { name: 'Asia/Urumqi' }).click();
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('已保存机构设置').first().waitFor();
  const saved = await orgOf();
  assert.deepEqual([saved.ownerName, saved.timeZone, saved.currency], ['王总', 'Asia/Urumqi', 'CNY']);

  await page.getByLabel('机构名称').fill('我改的名字');
  await owner.api('orgSettingsMutation', { input: { orgId: org, ownerName: '李总' } });
  await page.getByRole('button', { name: '保存' }).click();
  await page.locator('.conflict label').filter({ hasText: '李总' }).waitFor();
  await page.getByRole('button', { name: '保存所选内容' }).click();
  await page.locator('.switcher').filter({ hasText: '我改的名字' }).waitFor();
  const kept = await orgOf();
  assert.deepEqual([kept.name, kept.ownerName], ['我改的名字', '李总'], 'mine where I typed, theirs elsewhere');

  await page.getByLabel('机构名称').fill('www.example.com');
  await page.getByRole('button', { name: '保存' }).click();
  await page.locator('.wrong').waitFor();
  assert.deepEqual(found, []);
  await context.close();
});

test('the language is switched in place, with what the server says', async () => {
  const { page, context, found } = await owner.open(`/console/o/${org}/settings/access`);
  await page.getByRole('button', { name: '语言' }).click();
  await page.getByRole('menuitem', { name: 'English' }).click();
  await page.getByRole('heading', { level: 1, name: 'Explain access' }).waitFor();
  await page.getByRole('link', { name: 'Back' }).click();
  await page.locator('nav.side').getByRole('link', { name: 'Audit log' }).waitFor();
  assert.deepEqual(found, []);
  await context.close();
});

test('many orgs are searched, and a currency can be chosen where there are no orders', async () => {
  const contact = { phone: '13900000099' };
  const names = ['甲文化', '乙文化', '丙传媒', '丁传媒', '戊互动', '己互动'];
  let first;
  for (const [i, name] of names.entries()) {
    const founder = await person(server, browser, `1390000010${i}`);
    const { createOrg } = await founder.api('openOrgMutation', { input: { name } });
    const orgId = createOrg.org.id;
    const [{ id }] = (await founder.api('roleListQuery', { org: orgId, ...fromStart() })).org.roles.nodes;
    const { sendBindCode } = await founder.api('subAccountNewCodeMutation', { input: { orgId, to: contact } });
    const code = { flow: sendBindCode.flow, code: await codeOf(server.log, sendBindCode.flow) };
    await founder.api('subAccountNewMutation', { input: { orgId, name: '小周', code, roleIds: [id] } });
    first ??= { founder, orgId };
  }
  const seated = await person(server, browser, contact.phone);
  const { page, context, found } = await seated.open('/console');
  await page.locator('.switcher[aria-haspopup]').click();
  const search = page.getByRole('searchbox', { name: '搜索机构' });
  await search.fill('互动');
  await page.waitForFunction(() => document.querySelectorAll('[role=menuitem]').length === 2);
  await page.getByRole('menuitem', { name: '戊互动' }).click();
  await page.locator('.switcher').filter({ hasText: '戊互动' }).waitFor();
  assert.deepEqual(found, []);
  await context.close();

  const settings = await first.founder.open(`/console/o/${first.orgId}/settings/org`);
  await settings.page.getByRole('combobox', { name: '货币' }).fill('美元');
  await settings.page.getByRole('option', { name: 'USD · 美元' }).click();
  await settings.page.getByRole('button', { name: '保存' }).click();
  await settings.page.getByText('已保存机构设置').first().waitFor();
  assert.equal((await first.founder.api('orgSettingsTheirsQuery', { org: first.orgId })).org.currency, 'USD');
  assert.deepEqual(settings.found, []);
  await settings.context.close();
});
