// The states that the frame of the page shows, each entered for real: a session that is over, a seat that is disabled,
// a module that is lost, no network, no server, too many requests, what does not exist.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeOf, launch, post } from './browser.mjs';
import { fromStart, person, serve } from './server.mjs';

let browser, server, owner, org, role;

const update = (description) =>
  owner.api('roleEditorUpdateMutation', { input: { orgId: org, id: role.id, description } });
const descriptionOf = async () =>
  (await owner.api('roleListQuery', { org, ...fromStart() })).org.roles.nodes.find(({ id }) => id === role.id)
    .description;
const seatOf = async (phone) =>
  (await owner.api('subAccountListQuery', { org, ...fromStart({ filter: { search: phone } }) })).org.subAccounts
    .nodes[0];
// A browser says by itself that a request found no server, or was refused.
const unexpected = (found) => found.filter((text) => !/Failed to load resource|WebSocket connection|ERR_/.test(text));
const bar = (page) => page.locator('.bar');

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

test('a session that is over: what was typed stays, and the write goes on after the sign-in', async () => {
  const somebody = await person(server, browser, '13800000001');
  const { page, context, found } = await somebody.open(`/console/o/${org}/settings/roles/${role.id}`);
  await page.getByLabel('描述').fill('写到一半');
  let ended = false;
  await page.route('**/graphql', async (route) => {
    if (!ended && route.request().postData()?.includes('写到一半')) {
      ended = true;
      await post(server.base, 'signOutMutation', {}, somebody.cookie);
    }
    await route.continue();
  });
  await page.getByRole('button', { name: '保存' }).click();
  const dialog = page.getByRole('dialog', { name: '登录已过期' });
  await dialog.waitFor();
  assert.notEqual(await descriptionOf(), '写到一半');
  assert.equal(await page.locator('textarea').inputValue(), '写到一半');
  await dialog.getByLabel('手机号').fill(somebody.phone);
  const sent = page.waitForResponse((response) => response.request().postData()?.includes('SIGN_IN'));
  await dialog.getByRole('button', { name: '获取验证码' }).click();
  const { data } = await (await sent).json();
  await dialog.locator('.code-field input').fill(await codeOf(server.log, data.sendCode.flow));
  await page.getByText(`已保存岗位“${role.name}”`).first().waitFor();
  assert.equal(await descriptionOf(), '写到一半');
  assert.deepEqual(unexpected(found), []);
  await context.close();
});

test('a seat that is disabled: the org, whom to ask, and the way to other orgs', async () => {
  const somebody = await person(server, browser, '13800000011');
  const { page, context, found } = await somebody.open(`/console/o/${org}/creators`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  const seat = await seatOf(somebody.phone);
  const { orgName } = somebody.viewer.seats.find(({ orgId }) => orgId === org);
  await owner.api('subAccountBatchDisableMutation', { input: { orgId: org, ids: [seat.id] } });
  await page.getByRole('heading', { name: `${orgName} 已停用您的子帐号` }).waitFor();
  await page.getByText('请联系该机构的主帐号').waitFor();
  assert.equal(await page.locator('nav.side .side-link').count(), 0, 'nothing of the org is offered');
  await page.getByRole('link', { name: '查看其他机构' }).click();
  const other = somebody.viewer.seats.find(({ orgId }) => orgId !== org);
  await page.getByRole('listitem').filter({ hasText: other.orgName }).getByRole('link', { name: '进入' }).click();
  await page.waitForURL(`**/o/${other.orgId}/**`);
  await owner.api('subAccountBatchEnableMutation', { input: { orgId: org, ids: [seat.id] } });
  await page.goto(`${server.base}/console/o/${org}/creators`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.deepEqual(unexpected(found), []);
  await context.close();
});

test('a module that is lost: a notice, and the first screen that is left', async () => {
  const { createRole } = await owner.api('roleEditorCreateMutation', {
    input: {
      orgId: org,
      name: '审计',
      grants: [
        { module: 'AUDIT_LOG', actions: ['VIEW'], scope: 'ALL' },
        { module: 'TASKS', actions: ['VIEW'], scope: 'ALL' },
      ],
    },
  });
  const seat = await seatOf('13800000012');
  const hold = (roleId) =>
    owner.api('subAccountEditorMutation', { input: { orgId: org, id: seat.id, name: seat.name, roleIds: [roleId] } });
  await hold(createRole.role.id);
  const somebody = await person(server, browser, '13800000012');
  const { page, context, found } = await somebody.open(`/console/o/${org}/audit`);
  await page.locator('tbody tr').first().waitFor();
  await owner.api('roleEditorUpdateMutation', {
    input: { orgId: org, id: createRole.role.id, grants: [{ module: 'TASKS', actions: ['VIEW'], scope: 'ALL' }] },
  });
  await page.waitForURL(`**/o/${org}/tasks`);
  await page.getByText('您在这里的权限已变更').first().waitFor();
  assert.deepEqual(await page.locator('nav.side .side-link').allInnerTexts(), ['机构任务']);
  await page.goto(`${server.base}/console/o/${org}/audit`);
  await page.getByRole('heading', { name: '无权查看' }).waitFor();
  await page.getByText(/请联系 星河文化传媒 的主帐号/).waitFor();
  assert.deepEqual(unexpected(found), []);
  await context.close();
});

test('no network: a bar, the rows stay, nothing can be saved, and all goes on by itself', async () => {
  const { page, context, found } = await owner.open(`/console/o/${org}/settings/roles/${role.id}`);
  const save = page.getByRole('button', { name: '保存' });
  await page.getByLabel('描述').fill('没有网络时');
  await context.setOffline(true);
  await bar(page).filter({ hasText: '无法连接服务器' }).waitFor();
  assert.equal(await save.getAttribute('aria-disabled'), 'true');
  assert.equal(await save.getAttribute('title'), '无法连接服务器，暂时不能操作');
  assert.equal(await page.locator('textarea').inputValue(), '没有网络时');
  await context.setOffline(false);
  await bar(page).waitFor({ state: 'detached' });
  await save.click();
  await page.getByText(`已保存岗位“${role.name}”`).first().waitFor();
  assert.equal(await descriptionOf(), '没有网络时');
  assert.deepEqual(unexpected(found), []);
  await context.close();
});

test('no server: a bar, the rows stay, and live changes are heard again', async () => {
  const { page, context, found } = await owner.open(`/console/o/${org}/audit`);
  const rows = page.locator('tbody tr');
  await rows.first().waitFor();
  const count = await rows.count();
  await server.stop();
  await bar(page).filter({ hasText: '无法连接服务器' }).waitFor();
  assert.equal(await rows.count(), count);
  await server.start();
  await bar(page).waitFor({ state: 'detached' });
  await update('服务器回来之后');
  await page.locator('tbody tr[data-marked]').filter({ hasText: '编辑岗位' }).first().waitFor();
  assert.deepEqual(unexpected(found), []);
  await context.close();
});

test('too many requests: the page counts down, and then goes on by itself', async () => {
  const small = await serve({ DEPUTY_COST_BUDGET: '2000', DEPUTY_COST_REFILL: '20' });
  try {
    const somebody = await person(small, browser, '13800000001');
    const { page, context, found } = await somebody.open('/console/me/security');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.evaluate(() => {
      window.bars = [];
      new MutationObserver(() => window.bars.push(document.querySelector('.bar')?.textContent ?? '')).observe(
        document.body,
        { childList: true, subtree: true, characterData: true },
      );
    });
    const id = somebody.viewer.ownedOrg.id;
    // Another client of the account spends its budget, and goes on until the page has had to wait.
    const request = () => post(small.base, 'roleListQuery', { org: id, ...fromStart({ first: 5 }) }, somebody.cookie);
    while (!(await request()).errors);
    let spending = true;
    const spend = (async () => {
      while (spending) await request();
    })();
    await page.getByRole('link', { name: '设置', exact: true }).click();
    await page.waitForFunction(() => window.bars.some((text) => /操作过于频繁，\d+ 秒后自动继续/.test(text)));
    spending = false;
    await spend;
    await page.locator('tbody tr').first().waitFor();
    await bar(page).waitFor({ state: 'detached' });
    assert.deepEqual(unexpected(found), []);
    await context.close();
  } finally {
    await small.close();
  }
});

test('what does not exist and what is not yours look the same', async () => {
  const stranger = await person(server, browser, '13800000002');
  const theirs = stranger.viewer.ownedOrg.id;
  const [foreign] = (await stranger.api('roleListQuery', { org: theirs, ...fromStart() })).org.roles.nodes;
  const { page, context, found } = await owner.open(`/console/o/${org}/settings/roles/${role.id.slice(0, -4)}zzzz`);
  const gone = page.getByRole('heading', { name: '页面不存在' });
  await gone.waitFor();
  const content = await page.locator('main').innerText();
  for (const path of [
    `settings/roles/${foreign.id}`,
    `settings/accounts/${foreign.id}`,
    `audit/${foreign.id}`,
    'settings/nothing',
  ]) {
    await page.goto(`${server.base}/console/o/${org}/${path}`);
    await gone.waitFor();
    assert.equal(await page.locator('main').innerText(), content, path);
  }
  await page.goto(`${server.base}/console/o/${theirs}/settings/roles`);
  await gone.waitFor();
  assert.equal(await page.locator('main').innerText(), content, 'another org');
  assert.deepEqual(unexpected(found), []);
  await context.close();
});
