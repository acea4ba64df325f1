// 开放平台 in a real browser: an app and its tokens, from the first to the last request; a secret that is shown once is
// nowhere afterwards.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, nameOf, until } from './browser.mjs';
import { fromStart, person, serve } from './server.mjs';

let browser, server, owner, org, page, context, found;
const form = /deputy_live_[0-9A-Za-z]{44}/;

const api = async (operation, input) => {
  const data = await owner.api(operation, { input: { orgId: org, ...input } });
  const [payload] = Object.values(data);
  assert.deepEqual(payload.userErrors, []);
  return payload;
};
const makeApp = async (name, more) =>
  (await api('appEditorCreateMutation', { name, grants: [{ module: 'ORDERS', actions: ['VIEW'] }], ...more })).app;
const makeToken = (appId, name) => api('tokenDialogCreateMutation', { appId, name, days: 30 });
const read = async (id) => (await owner.api('appEditorQuery', { id, known: true })).node;
const open = (app, on = page) => on.goto(`${server.base}/console/o/${org}/settings/apps/${app.id ?? app}`);
const dialog = (on = page) => on.getByRole('dialog');

/** Sends a request with a token, as a partner's system does, and returns its data or the code of its error. */
async function ask(token, query = '{ app { name } }', variables = {}) {
  const response = await fetch(`${server.base}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}`, 'User-Agent': 'node' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  return errors ? errors[0].extensions.code : data;
}

/** Goes on to a control by the Tab key alone, and presses a key there. */
async function key(name, press) {
  await until(async () => {
    const here = await page.evaluate(() => {
      const at = document.activeElement;
      return at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent;
    });
    if (here === name) return true;
    await page.keyboard.press('Tab');
    return false;
  });
  await page.keyboard.press(press);
}

/** Returns whatever the page has in its memory, as text. */
async function memory() {
  const cdp = await context.newCDPSession(page);
  const chunks = [];
  cdp.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await cdp.send('HeapProfiler.enable');
  await cdp.send('HeapProfiler.collectGarbage');
  await cdp.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await cdp.detach();
  return chunks.join('');
}

before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
  owner = await person(server, browser, '13800000001');
  org = owner.viewer.ownedOrg.id;
  for (const { id } of (await owner.api('appListQuery', { org })).org.apps)
    await owner.api('appActDeleteMutation', { input: { orgId: org, id } }); // those of the demo
  ({ page, context, found } = await owner.open(`/console/o/${org}/settings/roles`));
  await context.grantPermissions(['clipboard-read', 'clipboard-write', 'local-network-access']);
});

after(async () => {
  await browser?.close();
  await server?.close();
  assert.deepEqual(found, []);
});

test('an app and its first token, by keys alone; the secret is shown once and is nowhere afterwards', async () => {
  await page.getByRole('link', { name: '应用', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: '还没有应用' }).waitFor();
  await key('新建应用', 'Enter');
  await page.getByRole('heading', { name: '新建应用' }).waitFor();
  await page.getByLabel('应用名称').waitFor();
  await page.keyboard.type('订单同步');
  await key('订单管理 · 编辑', 'Space');
  await key('新建', 'Enter');
  await page.getByRole('heading', { name: '没有可用的令牌' }).waitFor();
  await key('新建令牌', 'Enter');
  await dialog().getByLabel('令牌名称').waitFor();
  await page.keyboard.type('同步服务器');
  await page.keyboard.press('Enter');
  const shown = dialog().locator('.copy-text code');
  await shown.waitFor();
  const secret = await shown.innerText();
  assert.match(secret, form);
  await page.keyboard.press('Escape');
  assert.equal(await shown.innerText(), secret, 'it is not lost by a key');
  await key('复制', 'Enter');
  await dialog().getByRole('status').filter({ hasText: '已复制' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  assert.ok((await memory()).includes(secret), 'a secret that is shown is found in the memory');
  await key('我已保存，关闭', 'Enter');
  await page.locator('tbody .main').filter({ hasText: '同步服务器' }).waitFor();
  assert.deepEqual(await ask(secret), { app: { name: '订单同步' } });

  const kept = await page.evaluate(() =>
    JSON.stringify([document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }, history.state]),
  );
  assert.ok(!kept.includes(secret), 'document, storage and history');
  await page.getByRole('button', { name: '最近操作' }).click();
  await dialog().getByText('已新建令牌“同步服务器”').waitFor();
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
  assert.ok(!(await memory()).includes(secret), 'memory, and with it the store');
});

test('a token that is rotated works on for a while, one that is revoked is refused, and both say so', async () => {
  const app = await makeApp('报表');
  const { secret: first } = await makeToken(app.id, '报表服务器');
  await open(app);
  await page.getByRole('button', { name: '更换令牌“报表服务器”' }).click();
  await dialog().getByLabel('旧令牌继续可用的小时数').fill('200');
  await dialog().getByRole('button', { name: '更换' }).click();
  await dialog().locator('.field').filter({ hasText: '旧令牌继续可用的小时数' }).getByText('0 到 168 小时').waitFor();
  await dialog().getByLabel('旧令牌继续可用的小时数').fill('2');
  await dialog().getByLabel('有效天数').fill('0');
  await dialog().getByRole('button', { name: '更换' }).click();
  await dialog().locator('.field').filter({ hasText: '有效天数' }).getByText('1 到 366 天').waitFor();
  await dialog().getByLabel('有效天数').fill('10');
  await dialog().getByRole('button', { name: '更换' }).click();
  const second = await dialog().locator('.copy-text code').innerText();
  await dialog().getByRole('button', { name: '我已保存，关闭' }).click();
  const row = (status) => page.locator('tbody tr').filter({ hasText: status });
  await row('已更换').waitFor();
  await row('10 天内到期').waitFor();
  for (const token of [first, second]) assert.deepEqual(await ask(token), { app: { name: '报表' } });

  await row('10 天内到期').getByRole('button', { name: '吊销令牌“报表服务器”' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: '吊销' }).click();
  await row('10 天内到期').waitFor({ state: 'detached' });
  await until(async () => (await ask(second)) === 'UNAUTHENTICATED');
  assert.deepEqual(await ask(first), { app: { name: '报表' } });
  // What is noted is written a moment later.
  await until(async () => (await read(app.id)).tokens.every((token) => token.lastUsedAt || token.lastRefusedAt));
  await page.reload();
  await row('已吊销').getByText('最近被拒绝').waitFor();
  await row('已更换').getByText('127.0.0.1 · Node.js').waitFor();
});

test('a response that got lost: no second token is made, and the dialog says what to do', async () => {
  const app = await makeApp('掉线');
  await open(app);
  const lose = async (route) => {
    if (nameOf(route.request().postDataJSON()?.documentId) !== 'tokenDialogCreateMutation') return route.continue();
    await route.fetch();
    return route.abort();
  };
  await page.route('**/graphql', lose);
  await page.getByRole('button', { name: '新建令牌' }).click();
  await dialog().getByLabel('令牌名称').fill('没有收到');
  await dialog().getByRole('button', { name: '新建令牌' }).click();
  await dialog().getByText('没有收到服务器的回复').waitFor();
  await page.unroute('**/graphql', lose);
  await dialog().getByRole('button', { name: '取消' }).click();
  await page.locator('tbody .main').filter({ hasText: '没有收到' }).waitFor();
  assert.equal((await read(app.id)).tokens.length, 1);
  found.splice(0, found.length, ...found.filter((text) => !/ERR_FAILED/.test(text))); // the browser says so by itself
});

test('every refusal stands at its field', async () => {
  await makeApp('看板');
  await page.goto(`${server.base}/console/o/${org}/settings/apps/new`);
  const at = (label) => page.locator('.field').filter({ hasText: label });
  const create = page.getByRole('button', { name: '新建', exact: true });
  await page.getByLabel('应用名称').fill('看板');
  await page.getByLabel('联系邮箱').fill('ops@example.com\nnobody');
  await page.getByLabel('允许的 IP 地址段').fill('203.0.113.7');
  await page.locator('.checkbox').filter({ hasText: '降低请求额度' }).click();
  await page.getByLabel('一次可请求的行数').fill('10');
  await page.getByLabel('每秒恢复的行数').fill('1');
  await create.click();
  await at('联系邮箱').getByText('nobody：').waitFor();
  await at('允许的 IP 地址段').getByText('203.0.113.7：').waitFor();
  await at('一次可请求的行数').getByText('请调高').waitFor();
  await page.getByLabel('联系邮箱').fill('a@b.cn c@d.cn e@f.cn g@h.cn i@j.cn k@l.cn');
  await page.getByLabel('允许的 IP 地址段').fill('203.0.113.0/24, 2001:db8::/32');
  await page.getByLabel('一次可请求的行数').fill('1000');
  await create.click();
  await at('联系邮箱').getByText('最多 5 个联系邮箱').waitFor();
  await page.getByLabel('联系邮箱').fill('ops@example.com');
  await create.click();
  await at('应用名称').getByText('已有同名应用').waitFor();
  const count = (await owner.api('appListQuery', { org })).org.apps.length;
  for (let i = count; i < 20; i++) await makeApp(`其他${i}`);
  await page.getByLabel('应用名称').fill('第二十一个');
  await create.click();
  await page.getByRole('alert').getByText('最多 20 个应用').waitFor();
  const { id } = (await owner.api('appListQuery', { org })).org.apps.at(-1);
  await api('appActDeleteMutation', { id });
  await create.click();
  await page.getByRole('heading', { name: '第二十一个' }).waitFor();
  const app = page.url().split('/').at(-1);
  const made = await read(app);
  assert.deepEqual(
    [made.contacts, made.ipRanges, made.budget],
    [['ops@example.com'], ['203.0.113.0/24', '2001:db8::/32'], { rows: 1000, refill: 1 }],
  );
  for (let i = 0; i < 5; i++) await makeToken(app, `令牌${i}`);
  await page.getByRole('button', { name: '新建令牌' }).click();
  await dialog().getByLabel('令牌名称').fill('第六个');
  await dialog().getByLabel('有效天数').fill('367');
  await dialog().getByRole('button', { name: '新建令牌' }).click();
  await dialog().locator('.field').filter({ hasText: '有效天数' }).getByText('1 到 366 天').waitFor();
  await dialog().getByLabel('有效天数').fill('366');
  await dialog().getByRole('button', { name: '新建令牌' }).click();
  await dialog().getByRole('alert').getByText('最多 5 个有效令牌').waitFor();
  await dialog().getByRole('button', { name: '取消' }).click();
  const others = (await owner.api('appListQuery', { org })).org.apps.filter(({ name }) => name.startsWith('其他'));
  for (const other of others) await api('appActDeleteMutation', { id: other.id });
});

test('what another tab saved meanwhile is shown beside what was typed', async () => {
  const { apps } = (await owner.api('appListQuery', { org })).org;
  const { id, name } = apps.find((one) => one.name === '看板');
  await open(id);
  await page.getByLabel('描述').fill('我写的');
  await api('appEditorUpdateMutation', { id, description: '别人写的', budget: { rows: 2000, refill: 20 } });
  await page.getByRole('button', { name: '保存', exact: true }).click();
  const half = (text) => page.locator('.conflict label').filter({ hasText: text });
  assert.equal(await half('我写的').locator('input').isChecked(), true);
  assert.equal(await half('一次 2000 行，每秒恢复 20 行').locator('input').isChecked(), true);
  await page.getByRole('button', { name: '保存所选内容' }).click();
  await page.waitForURL(/marked=/);
  const { description, budget } = await read(id);
  assert.deepEqual([name, description, budget], ['看板', '我写的', { rows: 2000, refill: 20 }]);
});

test('what the owner does to the whole app is no conflict with what they typed', async () => {
  const { apps } = (await owner.api('appListQuery', { org })).org;
  const { id } = apps.find((one) => one.name === '看板');
  const { secret } = await makeToken(id, '看板服务器');
  await open(id);
  await page.getByLabel('描述').fill('停用之后再保存');
  await page.getByRole('button', { name: '停用', exact: true }).click();
  await page.getByRole('alertdialog').getByText('它的 1 个令牌立即被拒绝').waitFor();
  await page.getByRole('alertdialog').getByRole('button', { name: '停用' }).click();
  await page.getByText('此应用已停用').waitFor();
  await until(async () => (await ask(secret)) === 'UNAUTHENTICATED');
  await page.getByRole('button', { name: '保存', exact: true }).click();
  await page.waitForURL(/marked=/);
  assert.equal((await read(id)).description, '停用之后再保存');
  const row = page.locator('tbody tr').filter({ hasText: '停用之后再保存' });
  await row.getByRole('button', { name: '启用' }).click();
  await row.getByText('已启用').waitFor();
  await until(async () => (await ask(secret)) !== 'UNAUTHENTICATED');
  await row.getByRole('button', { name: '删除' }).click();
  await page.getByRole('alertdialog').getByText('它的 1 个可用令牌立即失效').waitFor();
  await page.getByRole('alertdialog').getByRole('button', { name: '删除' }).click();
  await row.waitFor({ state: 'detached' });
  await until(async () => (await ask(secret)) === 'UNAUTHENTICATED');
});

test('the audit log names the app, finds what it did, and names its token', async () => {
  const app = await makeApp('任务机器人', { grants: [{ module: 'TASKS', actions: ['EDIT'] }] });
  const { secret } = await makeToken(app.id, '机器人');
  const create = 'mutation ($input: CreateTaskInput!) { createTask(input: $input) { userErrors { code } } }';
  assert.deepEqual(await ask(secret, create, { input: { orgId: org, title: '由应用新建', reward: 100 } }), {
    createTask: { userErrors: [] },
  });
  await page.goto(`${server.base}/console/o/${org}/audit`);
  await page.getByRole('combobox', { name: '操作人' }).fill('任务机器人');
  await page.getByRole('option', { name: '任务机器人' }).click();
  await page.getByRole('button', { name: '查询' }).click();
  await page.waitForURL(new RegExp(`actor=${app.id}`));
  const rows = page.locator('tbody tr');
  await until(async () => (await rows.count()) === 1);
  assert.match(await rows.innerText(), /新建任务[^]*任务机器人[^]*应用[^]*由应用新建/);
  await rows.getByRole('link', { name: '新建任务' }).click();
  const [token] = (await read(app.id)).tokens;
  await page.locator('.facts').getByText(token.id).waitFor();
  await page.goto(`${server.base}/console/o/${org}/settings/apps/${app.id}`);
  await page.getByRole('link', { name: '操作记录' }).click();
  await page.getByText('只显示“任务机器人”的记录').waitFor();
  await page.getByRole('link', { name: '新建接口令牌' }).waitFor();
});

test('a phone has all of it, and nothing scrolls sideways', async () => {
  const app = await makeApp('手机');
  const { page: phone, context: small, found: said } = await owner.open('/console', { width: 390, language: 'en' });
  const fits = async () =>
    assert.equal(
      await phone.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      0,
    );
  await open(app, phone);
  await phone.getByRole('button', { name: 'New token' }).click();
  await dialog(phone).getByLabel('Token name').fill('a very long name of a server that is never cut');
  await dialog(phone).getByRole('button', { name: 'New token' }).click();
  const secret = await dialog(phone).locator('.copy-text code').innerText();
  assert.match(secret, form);
  await fits();
  await dialog(phone).getByRole('button', { name: 'I’ve saved it, close' }).click();
  await phone.locator('tbody .main').filter({ hasText: 'a very long name' }).waitFor();
  await fits();
  await phone.goto(`${server.base}/console/o/${org}/settings/apps`);
  await phone.locator('tbody tr').first().waitFor();
  await fits();
  assert.deepEqual(said, []);
  await small.close();
});

test('nobody but the owner is offered apps, or sees one by its address', async () => {
  const seated = await person(server, browser, '13800000011');
  const { page: theirs, context: other, found: said } = await seated.open(`/console/o/${org}/settings/apps`);
  await theirs.getByRole('heading', { name: '无权查看' }).waitFor();
  assert.equal(await theirs.getByText('开放平台').count(), 0);
  assert.deepEqual(said, []);
  await other.close();
  const roles = await owner.api('roleListQuery', { org, ...fromStart() });
  await open(roles.org.roles.nodes[0].id);
  await page.getByRole('heading', { name: '页面不存在' }).waitFor();
});
