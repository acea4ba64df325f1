// The pictures of one's own account, the audit log, 权限查询 and the settings of the org.
import { post, signIn } from './browser.mjs';

export async function screens(org, { base, owner, log }) {
  const byAge = { org, first: 20, offset: 0, filter: {}, orderBy: { field: 'CREATED_AT', direction: 'ASC' } };
  const accounts = (await post(base, 'subAccountListQuery', byAge, owner.cookie)).data.org.subAccounts.nodes;
  const roles = (await post(base, 'roleListQuery', byAge, owner.cookie)).data.org.roles.nodes;
  const seated = await signIn(base, log, '13800000011');
  // Something to read: a role that changed, and something that was refused.
  const { name } = roles[3];
  const grants = [{ module: 'ORDERS', actions: ['VIEW'], scope: 'ALL' }, { module: 'TASKS', actions: ['VIEW', 'EDIT'], scope: 'OWN' }];
  await post(base, 'roleEditorUpdateMutation', { input: { orgId: org, id: roles[3].id, name, description: '接待与售后', grants: grants.slice(0, 1) } }, owner.cookie);
  await post(base, 'roleEditorUpdateMutation', { input: { orgId: org, id: roles[3].id, name, description: '接待、售后与任务', grants } }, owner.cookie);
  await post(base, 'auditExportMutation', { input: { orgId: org, format: 'CSV' } }, seated.cookie);
  const { nodes } = (await post(base, 'auditListQuery', { org, first: 20, offset: 0, filter: {} }, owner.cookie)).data.org.auditEvents;
  const changed = nodes.find(({ operation }) => operation === 'updateRole');
  const audit = `/console/o/${org}/audit`;
  const access = `/console/o/${org}/settings/access`;
  return {
    authorizations: { path: '/console/me/authorizations', as: seated },
    'authorizations-release': { path: '/console/me/authorizations', as: seated, act: async (page) => { await page.locator('.acts .button').first().click(); await page.getByRole('alertdialog').waitFor(); } },
    'authorizations-none': { path: '/console/me/authorizations' },
    security: { path: '/console/me/security' },
    'security-end': { path: '/console/me/security', act: async (page) => { await page.locator('.acts .button').first().click(); await page.getByRole('alertdialog').waitFor(); } },
    activity: { path: '/console/me/activity', as: seated },
    audit: { path: audit },
    'audit-paused': { path: audit, act: (page) => page.locator('.toolbar .button').first().click() },
    'audit-filtered': { path: `${audit}?target=${roles[3].id}&targetName=${encodeURIComponent(name)}` },
    'audit-no-match': { path: `${audit}?outcome=REFUSED&operation=voidOrders` },
    'audit-export': { path: audit, act: async (page) => { await page.locator('.toolbar .button').last().click(); await page.getByRole('dialog').waitFor(); } },
    'audit-detail': { path: `${audit}/${changed.id}` },
    access: { path: access },
    'access-denied': { path: `${access}?account=${accounts[0].id}&what=Mutation.settleOrders` },
    'access-allowed': { path: `${access}?account=${accounts[1].id}&what=Mutation.createTask` },
    'access-owner-only': { path: `${access}?account=${accounts[1].id}&what=Mutation.createRole` },
    'access-search': { path: access, act: async (page) => { await page.getByRole('combobox').nth(1).fill('settle'); await page.getByRole('option').first().waitFor(); } },
    'org-settings': { path: `/console/o/${org}/settings/org` },
  };
}
