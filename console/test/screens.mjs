// Every screen of the console in every state of its own, declared once: for the pictures and for the crawl. What any
// screen can be in is in states.mjs.
import * as accounts from './account-screens.mjs';
import * as apps from './app-screens.mjs';
import * as more from './more-screens.mjs';
import { fromStart, person } from './server.mjs';

/**
 * Returns the screens by name. Each has a `path`; what is done there (`act`) and afterwards (`undo`); `as`, the person
 * who sees it, if not the owner; `out`, if nobody is signed in; `shows`, a part that tells that it is there. The one of
 * each route that shows its rows has `route`, and `query` if it requests some.
 */
export async function screens(server, browser) {
  const owner = await person(server, browser, '13800000001');
  const org = owner.viewer.ownedOrg.id;
  const newcomer = await person(server, browser, '13900000301');
  const founder = await person(server, browser, '13900000302');
  const empty = (founder.viewer.ownedOrg ?? (await opened(founder))).id;
  const role = (await owner.api('roleListQuery', { org, ...fromStart() })).org.roles.nodes[0].id;
  const settings = `/console/o/${org}/settings`;
  const table = {
    'sign-in': { path: '/console/sign-in', out: true, route: true },
    'sign-in-email': { path: '/console/sign-in', out: true, act: (page) => page.getByRole('tab').nth(1).click() },
    'set-password': { path: '/console/set-password', out: true, route: true },
    welcome: { path: '/console/welcome', route: true },
    'welcome-newcomer': { path: '/console/welcome', as: newcomer },
    'open-org': { path: '/console/open-org', as: newcomer, route: true },
    'first-steps': { path: '/console/open-org' },
    home: { path: `/console/o/${org}`, route: true },
    roles: { path: `${settings}/roles`, route: true, query: true },
    'roles-empty': {
      path: `/console/o/${empty}/settings/roles`,
      as: founder,
      act: (page) => deleteRoles(page, founder, empty),
    },
    'roles-no-match': { path: `${settings}/roles?search=zzz` },
    'role-new': { path: `${settings}/roles/new`, route: true, query: true },
    'role-edit': {
      path: `${settings}/roles/${role}`,
      route: true,
      query: true,
      act: async (page) => {
        await page.locator('.grant-grid input').nth(1).setChecked(false, { force: true });
        await page.locator('.preview li').first().waitFor();
      },
    },
    'role-conflict': {
      path: `${settings}/roles/${role}`,
      act: async (page) => {
        const { node } = await owner.api('roleEditorQuery', { id: role, known: true });
        await page.locator('textarea').fill('我写的说明');
        await owner.api('roleEditorUpdateMutation', { input: { orgId: org, id: role, description: '别人写的说明' } });
        await page.locator('.form-foot .primary').click();
        await page.locator('.conflict').waitFor();
        await owner.api('roleEditorUpdateMutation', {
          input: { orgId: org, id: role, description: node.description },
        });
      },
    },
    'role-gone': { path: `${settings}/roles/${role.slice(0, -4)}zzzz`, shows: '.state' },
    'accounts-empty': { path: `/console/o/${empty}/settings/accounts`, as: founder },
    'account-gone': { path: `${settings}/accounts/${role}`, shows: '.state' },
    'event-gone': { path: `/console/o/${org}/audit/${role}`, shows: '.state' },
    'org-of-others': { path: `/console/o/${empty}/settings/roles`, shows: '.state' },
    'not-found': { path: `${settings}/nothing`, shows: '.state' },
    navigation: {
      path: `${settings}/roles`,
      act: async (page) => {
        const menu = page.locator('.topbar .only-narrow .button');
        if (!(await menu.isVisible())) return;
        await menu.click();
        await page.getByRole('dialog').waitFor();
      },
    },
    find: {
      path: `${settings}/roles`,
      act: async (page) => {
        await page.locator('h1').waitFor();
        await page.keyboard.press('Control+k');
        await page.locator('.finder-found .option').first().waitFor();
      },
    },
    keys: {
      path: `${settings}/roles`,
      act: async (page) => {
        await page.locator('h1').waitFor();
        await page.keyboard.press('?');
        await page.getByRole('dialog').waitFor();
      },
    },
    me: {
      path: `${settings}/roles`,
      act: async (page) => {
        await page.locator('.me').click();
        await page.getByRole('menu').waitFor();
      },
    },
    ...(await more.screens(org, { ...server, owner })),
    ...(await accounts.screens(org, { ...server, owner })),
    ...(await apps.screens(org, { ...server, owner })),
  };
  return Object.fromEntries(Object.entries(table).map(([name, screen]) => [name, { as: owner, ...screen, name }]));
}

async function opened(founder) {
  const { createOrg } = await founder.api('openOrgMutation', { input: { name: '新星文化' } });
  return createOrg.org;
}

// deleteRoles leaves an org without roles, as nobody finds it who has just opened one.
async function deleteRoles(page, founder, org) {
  const { nodes } = (await founder.api('roleListQuery', { org, ...fromStart() })).org.roles;
  for (const { id } of nodes) await founder.api('roleDeleteMutation', { input: { orgId: org, id } });
  await page.reload();
  await page.locator('.state').waitFor();
}

/** Opens a screen in a context, in the state that it stands for. */
export async function enter(context, server, { path, as, out, act, shows }, page) {
  await context.clearCookies();
  if (!out) await context.addCookies([as.browserCookie]);
  await page.goto(server.base + path);
  await page
    .locator(shows ?? 'h1')
    .first()
    .waitFor();
  await act?.(page);
}
