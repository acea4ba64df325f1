// The pictures of 开放平台: apps, their tokens, and what is asked before something ends.
import { post } from './browser.mjs';

export async function screens(org, { base, owner }) {
  const api = async (operation, input) => {
    const { data, errors } = await post(base, operation, { input: { orgId: org, ...input } }, owner.cookie);
    if (!data) throw new Error(`${operation}: ${JSON.stringify(errors)}`);
    return data;
  };
  const app = async (name, more = {}) => {
    const { createApp } = await api('appEditorCreateMutation', { name, grants: [], ...more });
    if (!createApp.app) throw new Error(JSON.stringify(createApp.userErrors));
    return createApp.app.id;
  };
  const token = async (appId, name, days = 90) =>
    (await api('tokenDialogCreateMutation', { appId, name, days })).createApiToken.secret;
  const tokensOf = async (id) =>
    (await post(base, 'appEditorQuery', { id, known: true }, owner.cookie)).data.node.tokens;
  const view = (module, actions = ['VIEW']) => ({ module, actions });
  const kept = {
    description: '每 5 分钟同步一次订单和退款，由聚水潭的实施团队维护',
    grants: [view('ORDERS', ['EDIT', 'EXPORT']), view('CREATORS')],
    budget: { rows: 2000, refill: 20 },
  };
  const held = { contacts: ['ops@example.com'], ipRanges: ['127.0.0.0/8', '::1/128'] };
  const sync = await app('聚水潭订单同步', { ...kept, ...held });
  await app('老板看板', { grants: [view('DATA')] });
  const old = await app('旧报表', { description: '已由看板代替', grants: [view('DATA'), view('ORDERS')] });
  const bare = await app('新伙伴', { grants: [view('TASKS', ['EDIT'])] });
  const secret = await token(sync, '同步服务器');
  await token(sync, '临时调试', 1);
  const named = async (name) => (await tokensOf(sync)).find((one) => one.name === name).id;
  await api('appTokensRevokeMutation', { ids: [await named('临时调试')] });
  await token(sync, '备用服务器', 7);
  await token(sync, '测试', 1);
  const gone = await token(sync, '离职同事的电脑');
  const ask = (bearer) =>
    fetch(`${base}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${bearer}`, 'User-Agent': 'node' },
      body: JSON.stringify({ query: '{ app { name } }' }),
    });
  await ask(secret);
  await api('appTokensRevokeMutation', { ids: [await named('离职同事的电脑')] });
  await ask(gone);
  await api('tokenDialogRotateMutation', { id: await named('测试'), overlapHours: 24, days: 30 });
  await token(old, '报表服务器');
  await api('appActDisableMutation', { id: old });
  const apps = `/console/o/${org}/settings/apps`;
  const asked =
    (role = 'alertdialog') =>
    (page) =>
      page.getByRole(role).waitFor();
  const press = (selector, then) => async (page) => {
    await page.locator(selector).click();
    await then(page);
  };
  return {
    apps: { path: apps, route: true, query: true },
    'apps-delete': { path: apps, act: press('.acts .warns >> nth=0', asked()) },
    'apps-guide': { path: apps, act: press('.page-head .do .button', asked('dialog')) },
    'app-new': { path: `${apps}/new`, route: true, query: true },
    'app-new-refused': {
      path: `${apps}/new`,
      act: async (page) => {
        await page.locator('form input[type=text]').first().fill('老板看板');
        await page.locator('textarea').nth(1).fill('ops@example.com\nnobody');
        await page.locator('textarea').nth(2).fill('203.0.113.7');
        await page.locator('.form-foot .primary').click();
        await page.locator('.wrong').first().waitFor();
      },
    },
    'app-edit': { path: `${apps}/${sync}`, route: true, query: true },
    'app-ended': { path: `${apps}/${sync}`, act: (page) => page.locator('.toolbar .button.link').click() },
    'app-disabled': { path: `${apps}/${old}` },
    'app-bare': { path: `${apps}/${bare}` },
    'app-gone': { path: `${apps}/${sync.slice(0, -4)}zzzz`, shows: '.state' },
    'token-new': { path: `${apps}/${bare}`, act: press('.state .primary', asked('dialog')) },
    'token-rotate': { path: `${apps}/${sync}`, act: press('.acts .button >> nth=0', asked('dialog')) },
    'token-revoke': { path: `${apps}/${sync}`, act: press('.acts .warns >> nth=0', asked()) },
    'token-secret': {
      path: `${apps}/${bare}`,
      act: async (page) => {
        await page.locator('.list .button.primary, .toolbar .button.secondary').first().click();
        await page.getByRole('dialog').locator('input').first().fill('生产服务器');
        await page.getByRole('dialog').locator('.primary').click();
        await page.locator('.copy-text').waitFor();
      },
      // Each picture takes one of the five that an app may have.
      undo: async () => api('appTokensRevokeMutation', { ids: (await tokensOf(bare)).map(({ id }) => id) }),
    },
    'app-conflict': {
      path: `${apps}/${sync}`,
      act: async (page) => {
        await page.locator('textarea').first().fill('每小时同步一次');
        const theirs = { description: '每 5 分钟同步一次订单和退款', budget: null, grants: [view('ORDERS')] };
        await api('appEditorUpdateMutation', { id: sync, ...theirs });
        await page.locator('.form-foot .primary').click();
        await page.locator('.conflict').waitFor();
      },
      undo: () => api('appEditorUpdateMutation', { id: sync, ...kept }),
    },
  };
}
