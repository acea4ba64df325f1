// Writes a picture of every screen, in both languages at 1440 and 390 px, into console/screenshots. It looks at a server
// that runs with the demo: BASE is its address, LOG the file of its log, in which the codes are.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { complaints, fromDisk, launch, post, signedIn, signIn } from './browser.mjs';

const base = process.env.BASE ?? 'http://localhost:8080';
const log = process.env.LOG;
const only = process.argv.slice(2);
const out = join(import.meta.dirname, '..', 'screenshots');
mkdirSync(out, { recursive: true });

const browser = await launch();
// COOKIE goes on with a session: only so many codes are sent a day.
const owner = process.env.COOKIE ? await signedIn(base, process.env.COOKIE) : await signIn(base, log, '13800000001');
const org = owner.viewer.ownedOrg.id;
const first = { org, first: 20, offset: 0, filter: {}, orderBy: { field: 'CREATED_AT', direction: 'ASC' } };
const role = (await post(base, 'roleListQuery', first, owner.cookie)).data.org.roles.nodes[0].id;

// more returns the screens that a file beside this one has.
const more = (file) =>
  import(file).then(
    (module) => module.screens(org, { base, owner, log }),
    (error) => (error.code === 'ERR_MODULE_NOT_FOUND' ? {} : Promise.reject(error)),
  );

/** The screens by the name of their picture: address, what is done before the picture is taken and after it, and who sees it. */
const screens = {
  'sign-in': { path: '/console/sign-in', out: true },
  'sign-in-email': { path: '/console/sign-in', out: true, act: (page) => page.getByRole('tab').nth(1).click() },
  'set-password': { path: '/console/set-password', out: true },
  welcome: { path: '/console/welcome' },
  'open-org': { path: '/console/open-org' },
  home: { path: `/console/o/${org}` },
  roles: { path: `/console/o/${org}/settings/roles` },
  'roles-no-match': { path: `/console/o/${org}/settings/roles?search=zzz` },
  'role-new': { path: `/console/o/${org}/settings/roles/new` },
  'role-edit': {
    path: `/console/o/${org}/settings/roles/${role}`,
    act: async (page) => {
      await page.locator('.grant-grid input').nth(1).setChecked(false, { force: true });
      await page.locator('.preview li').first().waitFor();
    },
  },
  'not-found': { path: `/console/o/${org}/settings/nothing` },
  ...(await more('./more-screens.mjs')),
  ...(await more('./account-screens.mjs')),
  ...(await more('./app-screens.mjs')),
};

for (const language of ['zh-CN', 'en']) {
  for (const width of [1440, 390]) {
    const context = await browser.newContext({
      viewport: { width, height: width === 390 ? 844 : 900 },
      locale: language,
      colorScheme: process.env.SCHEME ?? 'light',
      deviceScaleFactor: width === 390 ? 2 : 1,
    });
    await fromDisk(context);
    const page = await context.newPage();
    const found = complaints(page);
    for (const [name, { path, act, undo, out: signedOut, as = owner }] of Object.entries(screens)) {
      if (only.length > 0 && !only.includes(name)) continue;
      await context.clearCookies();
      if (!signedOut) await context.addCookies([as.browserCookie]);
      await page.goto(base + path);
      await page.locator('h1, h2').first().waitFor();
      await act?.(page);
      await page.waitForLoadState('networkidle').catch(() => {});
      await page.screenshot({ path: join(out, `${name}.${language}.${width}.png`), animations: 'disabled' });
      await undo?.(page);
      const sideways = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (sideways > 0) console.log(`${name} ${language} ${width}: scrolls sideways by ${sideways}`);
    }
    for (const complaint of new Set(found)) console.log(`${language} ${width}: ${complaint}`);
    await context.close();
  }
}
await browser.close();
