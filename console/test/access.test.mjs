// What the page shows follows access, live.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bind, codeOf, launch, post, unusedPhone, until } from './browser.mjs';
import { person, serve } from './server.mjs';

const phone = unusedPhone();
let browser, server, owner, org, seat, holder, page, found;

const api = (operation, variables) => owner.api(operation, variables);
const entries = () => page.locator('nav.side .side-link').allInnerTexts();
const see = (...names) =>
  page.waitForFunction(
    (wanted) =>
      JSON.stringify([...document.querySelectorAll('nav.side .side-link')].map((link) => link.innerText)) === wanted,
    JSON.stringify(names),
  );
const give = async (...names) => {
  const { nodes } = (await api('subAccountNewQuery', { org })).org.roles;
  const roleIds = nodes.filter(({ name }) => names.includes(name)).map(({ id }) => id);
  const { updateSubAccount } = await api('subAccountEditorMutation', {
    input: { orgId: org, id: seat.id, name: seat.name, roleIds },
  });
  assert.deepEqual(updateSubAccount.userErrors, []);
};

before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
  owner = await person(server, browser, '13800000001');
  org = owner.viewer.ownedOrg.id;
  const roles = (await api('subAccountNewQuery', { org })).org.roles.nodes;
  seat = await bind(server, owner.cookie, org, {
    phone,
    name: '小林',
    roleIds: [roles.find(({ name }) => name === '运营').id],
  });
  holder = await person(server, browser, phone);
  ({ page, found } = await holder.open(`/console/o/${org}/tasks`));
  await see('达人管理', '机构任务', '数据查看');
});

after(async () => {
  await browser?.close();
  await server?.close();
  assert.deepEqual(found, []);
});

test('what is granted appears without a reload, and what is typed stays', async () => {
  await page.keyboard.press('Control+k');
  const search = page.getByRole('searchbox');
  await search.fill('达人');
  await give('运营', '客服');
  await page.waitForFunction(() =>
    [...document.querySelectorAll('nav.side .side-link')].some((link) => link.textContent === '订单管理'),
  );
  assert.equal(await search.inputValue(), '达人');
  assert.equal(await search.evaluate((field) => field === document.activeElement), true);
  await page.keyboard.press('Escape'); // clears the field
  await page.keyboard.press('Escape');
  await search.waitFor({ state: 'detached' });
});

test('a module that is lost closes its screen, and the first that is left takes its place', async () => {
  await give('客服');
  await page.waitForURL(`**/o/${org}/orders`);
  await page.getByText('您在这里的权限已变更').first().waitFor();
  assert.deepEqual(await entries(), ['订单管理']);
});

test('a seat that is disabled says so, and works again once it is enabled', async () => {
  await api('subAccountBatchDisableMutation', { input: { orgId: org, ids: [seat.id] } });
  await page.getByText(/已停用您的子帐号/).waitFor();
  await api('subAccountBatchEnableMutation', { input: { orgId: org, ids: [seat.id] } });
  await see('订单管理');
});

// signInOver ends a session from elsewhere and signs the same person in again, over the page.
async function signInOver(page, cookie, phone) {
  await post(server.base, 'signOutMutation', {}, cookie);
  const dialog = page.getByRole('dialog', { name: '登录已过期' });
  await dialog.getByLabel('手机号').fill(phone);
  const sent = page.waitForResponse((response) => response.request().postData()?.includes('SIGN_IN'));
  await dialog.getByRole('button', { name: '获取验证码' }).click();
  const { data } = await (await sent).json();
  await dialog.locator('.code-field input').fill(await codeOf(server.log, data.sendCode.flow));
  await dialog.waitFor({ state: 'detached' });
}

test('a session that is over asks for a sign-in over the page, and changes are heard again', async () => {
  await signInOver(page, holder.cookie, phone);
  await give('商务');
  await see('达人管理', '机构任务');
});

test('rows go on being live after a sign-in over the page, and what is typed stays', async () => {
  const again = await person(server, browser, '13800000001');
  const { page: list, context } = await again.open(`/console/o/${org}/settings/accounts?search=${phone}`);
  const row = list.locator(`[id="row-${seat.id}"]`);
  const rename = (name) => api('subAccountEditorMutation', { input: { orgId: org, id: seat.id, name } });
  await row.getByText('小林').first().waitFor();
  // The subscription runs once it has brought a change.
  await until(async (i) => {
    await rename(`小林${i}`);
    return row.getByText(/^小林\d/).isVisible();
  });
  await list.getByRole('searchbox').fill('写到一半');
  await signInOver(list, again.cookie, '13800000001');
  assert.equal(await list.getByRole('searchbox').inputValue(), '写到一半');
  await until(async (i) => {
    await rename(`小周${i}`);
    return row.getByText(/^小周/).isVisible();
  });
  await context.close();
});
