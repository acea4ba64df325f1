// The pictures of 帐号管理: the list, what is done with one and with many, a new account and the editor of one.
import { post } from './browser.mjs';

export async function screens(org, { base, owner }) {
  const list = `/console/o/${org}/settings/accounts`;
  const { data } = await post(
    base,
    'subAccountListQuery',
    { org, first: 20, offset: 0, filter: {}, orderBy: { field: 'CREATED_AT', direction: 'ASC' } },
    owner.cookie,
  );
  const account = data.org.subAccounts.nodes[0];
  const form = { first: 100, offset: 0, filter: {}, orderBy: { field: 'CREATED_AT', direction: 'DESC' } };
  const newest = async () =>
    (await post(base, 'subAccountListQuery', { org, ...form }, owner.cookie)).data.org.subAccounts.nodes;
  const tick = async (page, ...rows) => {
    for (const row of rows) await page.locator('tbody tr').nth(row).locator('.checkbox').click();
  };
  const acts = (page) => page.locator('.batch-bar > .button:not(.link)');
  const rename = async (page, name) => {
    await page.locator('form.form input[type=text]').first().fill(name);
    const { node } = (await post(base, 'subAccountEditorTheirsQuery', { id: account.id }, owner.cookie)).data;
    const { roles } = (await post(base, 'subAccountNewQuery', { org }, owner.cookie)).data.org;
    const others = roles.nodes.filter(({ id }) => !node.roles.some((role) => role.id === id)).map(({ id }) => id);
    await post(
      base,
      'subAccountEditorMutation',
      { input: { orgId: org, id: account.id, name: '林晓雯（杭州）', roleIds: others.slice(0, 2) } },
      owner.cookie,
    );
    await page.locator('.form-foot .primary').click();
    await page.locator('.conflict').waitFor();
  };
  return {
    accounts: { path: list, route: true, query: true },
    'accounts-selected': { path: list, act: (page) => tick(page, 0, 1, 2) },
    'accounts-no-match': { path: `${list}?search=zzz&status=DISABLED` },
    'accounts-disable': {
      path: list,
      act: async (page) => {
        await tick(page, 0, 1, 2);
        await acts(page).nth(1).click();
        await page.getByRole('alertdialog').waitFor();
      },
    },
    'accounts-delete': {
      path: `${list}?sort=CREATED_AT:ASC`,
      act: async (page) => {
        await tick(page, 0, 1, 2);
        await acts(page).nth(2).click();
        await page.locator('.modal .notice').waitFor();
      },
    },
    'account-new': {
      path: `${list}/new`,
      route: true,
      query: true,
      act: async (page) => {
        await page.locator('form.form input[type=text]').first().fill('林晓雯');
        await page.locator('.role-choices .checkbox').first().click();
      },
    },
    'account-new-bound': {
      path: `${list}/new`,
      act: async (page) => {
        await page.locator('form.form input[type=text]').nth(1).fill('13800000011');
        await page.locator('.contact-row .button').click();
        await page.locator('.wrong').waitFor();
      },
    },
    'account-edit': {
      path: `${list}/${account.id}`,
      route: true,
      query: true,
      act: (page) => page.locator('.role-choices .checkbox').last().click(),
    },
    'account-conflict': { path: `${list}/${account.id}`, act: (page) => rename(page, '林晓雯（上海）') },
    // One of three is gone by the time that the batch runs.
    'accounts-result': {
      path: list,
      act: async (page) => {
        await tick(page, 0, 1, 2);
        const [, gone] = await newest();
        await acts(page).nth(1).click();
        await post(base, 'subAccountBatchDeleteMutation', { input: { orgId: org, ids: [gone.id] } }, owner.cookie);
        await page.getByRole('alertdialog').locator('.modal-foot .primary').click();
        await page.locator('.batch-results').waitFor();
      },
    },
  };
}
