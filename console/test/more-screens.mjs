// The pictures of one's own account, the audit log, 权限查询, the settings of the org, and the states of the frame.
import { bind, codeOf, post, signIn, unusedPhone } from './browser.mjs';

export async function screens(org, { base, owner, log }) {
  const byAge = { org, first: 20, offset: 0, filter: {}, orderBy: { field: 'CREATED_AT', direction: 'ASC' } };
  const accounts = (await post(base, 'subAccountListQuery', byAge, owner.cookie)).data.org.subAccounts.nodes;
  const roles = (await post(base, 'roleListQuery', byAge, owner.cookie)).data.org.roles.nodes;
  const seated = await signIn(base, log, '13800000011');
  // Something to read: a role that changed, and something that was refused.
  const { name } = roles[3];
  const grants = [
    { module: 'ORDERS', actions: ['VIEW'], scope: 'ALL' },
    { module: 'TASKS', actions: ['VIEW', 'EDIT'], scope: 'OWN' },
  ];
  await post(
    base,
    'roleEditorUpdateMutation',
    { input: { orgId: org, id: roles[3].id, name, description: '接待与售后', grants: grants.slice(0, 1) } },
    owner.cookie,
  );
  await post(
    base,
    'roleEditorUpdateMutation',
    { input: { orgId: org, id: roles[3].id, name, description: '接待、售后与任务', grants } },
    owner.cookie,
  );
  await post(base, 'auditExportMutation', { input: { orgId: org, format: 'CSV' } }, seated.cookie);
  const seat = seated.viewer.seats.find(({ orgId }) => orgId === org).subAccountId;
  const many = await inManyOrgs(base, log);
  const seatFor = async (name, roleIds) => {
    const phone = unusedPhone();
    await bind({ base, log }, owner.cookie, org, { phone, name, roleIds });
    return signIn(base, log, phone);
  };
  const roleWith = async (name, grants) =>
    (await post(base, 'roleEditorCreateMutation', { input: { orgId: org, name, grants } }, owner.cookie)).data
      .createRole.role.id;
  const audited = await roleWith('审计员', grants.slice(0, 1));
  const auditor = await seatFor('何静', [audited]);
  const bare = await seatFor('新人', [await roleWith('实习', [])]);
  const role = `/console/o/${org}/settings/roles/${roles[0].id}`;
  const { nodes } = (await post(base, 'auditListQuery', { org, first: 20, offset: 0, filter: {} }, owner.cookie)).data
    .org.auditEvents;
  const changed = nodes.find(({ operation }) => operation === 'updateRole');
  const audit = `/console/o/${org}/audit`;
  const access = `/console/o/${org}/settings/access`;
  return {
    authorizations: { path: '/console/me/authorizations', as: seated, route: true },
    'authorizations-release': {
      path: '/console/me/authorizations',
      as: seated,
      act: async (page) => {
        await page.locator('.acts .button').first().click();
        await page.getByRole('alertdialog').waitFor();
      },
    },
    'authorizations-none': { path: '/console/me/authorizations' },
    security: { path: '/console/me/security', route: true, query: true },
    'security-end': {
      path: '/console/me/security',
      act: async (page) => {
        await signIn(base, log, '13800000001');
        await page.reload();
        await page.locator('.acts .button').first().click();
        await page.getByRole('alertdialog').waitFor();
      },
    },
    activity: { path: '/console/me/activity', as: seated, route: true, query: true },
    audit: { path: audit, route: true, query: true },
    'audit-paused': { path: audit, act: (page) => page.locator('.toolbar .button').first().click() },
    'audit-filtered': { path: `${audit}?target=${roles[3].id}&targetName=${encodeURIComponent(name)}` },
    'audit-no-match': { path: `${audit}?outcome=REFUSED&operation=voidOrders` },
    'audit-export': {
      path: audit,
      act: async (page) => {
        await page.locator('.toolbar .button').last().click();
        await page.getByRole('dialog').waitFor();
      },
    },
    'audit-detail': { path: `${audit}/${changed.id}`, route: true, query: true },
    access: { path: access, route: true, query: true },
    'access-denied': { path: `${access}?account=${accounts[0].id}&what=Mutation.settleOrders` },
    'access-allowed': { path: `${access}?account=${accounts[1].id}&what=Mutation.createTask` },
    'access-owner-only': { path: `${access}?account=${accounts[1].id}&what=Mutation.createRole` },
    'access-search': {
      path: access,
      act: async (page) => {
        await page.getByRole('combobox').nth(1).fill('settle');
        await page.getByRole('option').first().waitFor();
      },
    },
    'org-settings': { path: `/console/o/${org}/settings/org`, route: true, query: true },
    'org-settings-conflict': {
      path: `/console/o/${org}/settings/org`,
      act: async (page) => {
        const name = page.locator('form input[type=text]').first();
        const before = await name.inputValue();
        await name.fill('星河传媒（我改的）');
        await post(base, 'orgSettingsMutation', { input: { orgId: org, name: '星河传媒（别人改的）' } }, owner.cookie);
        await page.locator('.form-foot .primary').click();
        await page.locator('.conflict').waitFor();
        await post(base, 'orgSettingsMutation', { input: { orgId: org, name: before } }, owner.cookie);
      },
    },
    'switcher-search': {
      path: '/console',
      as: many,
      act: async (page) => {
        await page.locator('.switcher[aria-haspopup]').click();
        await page.getByRole('searchbox').fill('文化');
      },
    },
    'no-access': { path: audit, as: seated, shows: '.state' },
    'nothing-granted': { path: `/console/o/${org}`, as: bare, shows: '.state' },
    'module-lost': {
      path: audit,
      as: auditor,
      act: async (page) => {
        const of = (...modules) => modules.map((module) => ({ module, actions: ['VIEW'], scope: 'ALL' }));
        const input = { orgId: org, id: audited, grants: of('AUDIT_LOG', 'TASKS') };
        await post(base, 'roleEditorUpdateMutation', { input }, owner.cookie);
        await page.reload();
        await page.locator('tbody tr').first().waitFor();
        const fewer = { input: { ...input, grants: of('TASKS') } };
        await post(base, 'roleEditorUpdateMutation', fewer, owner.cookie);
        await page.waitForURL('**/tasks');
        await page.locator('.toast').waitFor();
      },
    },
    'session-over': {
      path: role,
      act: async (page) => {
        const { cookie, browserCookie } = await signIn(base, log, '13800000001');
        await page.context().addCookies([browserCookie]);
        await page.reload();
        await page.locator('h1').waitFor();
        await post(base, 'signOutMutation', {}, cookie);
        await page.getByRole('dialog').waitFor();
      },
    },
    'seat-disabled': {
      path: `/console/o/${org}/creators`,
      as: seated,
      act: async (page) => {
        await post(base, 'subAccountBatchDisableMutation', { input: { orgId: org, ids: [seat] } }, owner.cookie);
        await page.locator('.state').waitFor();
      },
      undo: () => post(base, 'subAccountBatchEnableMutation', { input: { orgId: org, ids: [seat] } }, owner.cookie),
    },
    offline: {
      path: role,
      act: async (page) => {
        await page.locator('textarea').fill('没有网络');
        await page.context().setOffline(true);
        await page.locator('.bar').waitFor();
      },
      undo: (page) => page.context().setOffline(false),
    },
    'new-version': {
      path: role,
      act: async (page) => {
        await page.route('**/console/assets/*.js', (route) => route.fulfill({ status: 404, body: '' }));
        await page.locator('.back').click();
        await page.locator('.state').waitFor();
      },
      undo: (page) => page.unroute('**/console/assets/*.js'),
    },
  };
}

// inManyOrgs returns somebody who has a seat in six orgs.
async function inManyOrgs(base, log) {
  const contact = { phone: '13900000199' };
  for (const [i, name] of ['甲文化', '乙文化传媒', '丙传媒', '丁互动', '戊文化', '己传媒'].entries()) {
    const founder = await signIn(base, log, `1390000020${i}`);
    const opened =
      founder.viewer.ownedOrg ??
      (await post(base, 'openOrgMutation', { input: { name } }, founder.cookie)).data.createOrg.org;
    const byAge = {
      org: opened.id,
      first: 1,
      offset: 0,
      filter: {},
      orderBy: { field: 'CREATED_AT', direction: 'ASC' },
    };
    const [{ id }] = (await post(base, 'roleListQuery', byAge, founder.cookie)).data.org.roles.nodes;
    const { flow } = (
      await post(base, 'subAccountNewCodeMutation', { input: { orgId: opened.id, to: contact } }, founder.cookie)
    ).data.sendBindCode;
    if (!flow) continue; // it was added when the last pictures were taken
    await post(
      base,
      'subAccountNewMutation',
      { input: { orgId: opened.id, name: '小周', code: { flow, code: await codeOf(log, flow) }, roleIds: [id] } },
      founder.cookie,
    );
  }
  return signIn(base, log, contact.phone);
}
