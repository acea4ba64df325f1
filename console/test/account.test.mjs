// One's own account in a real browser on a real server: authorizations, security and activity.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeOf, launch, post, signedIn } from './browser.mjs';
import { fromStart, person, serve } from './server.mjs';

let browser, server, owner, org;

const rows = (page) => page.locator('tbody tr');

before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
  owner = await person(server, browser, '13800000001');
  org = owner.viewer.ownedOrg.id;
});

after(async () => {
  await browser?.close();
  await server?.close();
});

test('sessions: this one is marked, one is ended, then all others', async () => {
  const [here, ...others] = [
    await person(server, browser, '13800000013'),
    await person(server, browser, '13800000013'),
    await person(server, browser, '13800000013'),
  ];
  const { page, context, found } = await here.open('/console/me/security');
  await page.getByText('+86 138 0000 0013').waitFor();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 3);
  assert.equal(await rows(page).filter({ hasText: '当前设备' }).count(), 1);
  await rows(page).filter({ hasNotText: '当前设备' }).first().getByRole('button', { name: '退出' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: '退出' }).click();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 2);
  const alive = async () =>
    (await Promise.all(others.map(({ cookie }) => signedIn(server.base, cookie)))).filter(({ viewer }) => viewer)
      .length;
  assert.equal(await alive(), 1);
  await page.getByRole('button', { name: '退出其他全部' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: '退出' }).click();
  await page.getByText('没有其他登录').waitFor();
  assert.equal(await rows(page).count(), 1);
  assert.equal(await alive(), 0);
  assert.deepEqual(found, []);
  await context.close();
});

test('a password is set with a code, and ends the other sessions', async () => {
  const email = 'pass@example.com';
  const [{ id: roleId }] = (await owner.api('roleListQuery', { org, ...fromStart() })).org.roles.nodes;
  const { sendBindCode } = await owner.api('subAccountNewCodeMutation', { input: { orgId: org, to: { email } } });
  const bound = { flow: sendBindCode.flow, code: await codeOf(server.log, sendBindCode.flow) };
  const { createSubAccount } = await owner.api('subAccountNewMutation', {
    input: { orgId: org, name: '用邮箱的人', code: bound, roleIds: [roleId] },
  });
  assert.deepEqual(createSubAccount.userErrors, []);
  const password = { first: 'first-password', second: 'second password' };
  const { data } = await post(server.base, 'codeRequestMutation', {
    input: { to: { email }, purpose: 'SET_PASSWORD' },
  });
  await post(server.base, 'setPasswordMutation', {
    input: {
      code: { flow: data.sendCode.flow, code: await codeOf(server.log, data.sendCode.flow) },
      password: password.first,
    },
  });
  const signIn = async (given) =>
    post(server.base, 'formSignInMutation', { input: { password: { email, password: given } } });
  const [here, other] = [await signIn(password.first), await signIn(password.first)];
  const { browserCookie } = await signedIn(server.base, here.cookie);

  const { page, context, found } = await owner.open('/console/sign-in');
  await context.clearCookies();
  await context.addCookies([browserCookie]);
  await page.goto(`${server.base}/console/me/security`);
  await page.getByRole('button', { name: '修改密码' }).click();
  const sent = page.waitForResponse((response) => response.request().postData()?.includes('SET_PASSWORD'));
  await page.getByRole('button', { name: '获取验证码' }).click();
  const flow = (await (await sent).json()).data.sendCode.flow;
  await page.locator('.code-field input').fill(await codeOf(server.log, flow));
  await page.getByLabel('新密码').fill('short');
  await page.getByRole('button', { name: '设置密码' }).click();
  await page.locator('.wrong').filter({ hasText: /10/ }).waitFor();
  await page.getByLabel('新密码').fill(password.second);
  await page.getByRole('button', { name: '设置密码' }).click();
  await page.getByText('密码已设置，其他登录已全部退出').first().waitFor();
  await page.getByText('没有其他登录').waitFor();
  assert.equal((await signedIn(server.base, other.cookie)).viewer, null);
  assert.equal((await signIn(password.first)).data.signIn.viewer, null);
  assert.notEqual((await signIn(password.second)).data.signIn.viewer, null);
  assert.deepEqual(found, []);
  await context.close();
});

test('authorizations: what a seat is, and leaving one says what it ends', async () => {
  const somebody = await person(server, browser, '13800000011');
  const creators = (
    await owner.api('subAccountBatchCreatorsQuery', {
      org,
      managers: [somebody.viewer.seats.find(({ orgId }) => orgId === org).subAccountId],
    })
  ).org.creators.totalCount;
  const { page, context, found } = await somebody.open('/console/me/authorizations');
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 2);
  await page.getByText('一个帐号最多加入 20 个机构，目前 2 个。').waitFor();
  const row = rows(page).filter({ hasText: '星河文化传媒' });
  await row.getByRole('button', { name: '解除授权' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog
    .getByText(creators === 0 ? '没有达人由您负责。' : `由您负责的 ${creators} 位达人将没有经纪人。`)
    .waitFor();
  await dialog.getByRole('button', { name: '取消' }).click();
  await row.getByRole('button', { name: '解除授权' }).click();
  await dialog.getByRole('button', { name: '解除授权' }).click();
  await row.waitFor({ state: 'detached' });
  assert.equal(await rows(page).count(), 1);
  const { viewer } = await signedIn(server.base, somebody.cookie);
  assert.deepEqual(
    viewer.seats.map(({ orgName }) => orgName),
    ['青橙互动'],
  );

  await page.getByRole('link', { name: '我的动态' }).click();
  const event = (text) => page.locator('.events > li').filter({ hasText: text });
  await event('解除授权').filter({ hasText: '由我操作' }).waitFor();
  await event('登录').first().waitFor();
  await event('新建子帐号').filter({ hasText: '操作人：' }).first().waitFor();
  assert.deepEqual(found, []);
  await context.close();
});
