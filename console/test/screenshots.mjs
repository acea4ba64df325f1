// Writes a picture of every screen, in both languages at 1440 and 390 px, into console/screenshots. It looks at a server
// that runs with the demo: BASE is its address, LOG the file of its log, in which the codes are.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { complaints, fromDisk, launch } from './browser.mjs';

const base = process.env.BASE ?? 'http://localhost:8080';
const log = process.env.LOG;
const only = process.argv.slice(2);
const out = join(import.meta.dirname, '..', 'screenshots');
mkdirSync(out, { recursive: true });

const post = async (query, headers = {}) => (await fetch(`${base}/graphql`, {
  method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify({ query }),
})).json();

async function session(phone) {
  const sent = await post(`mutation { sendCode(input: {to: {phone: "${phone}"}, purpose: SIGN_IN}) { flow userErrors { message } } }`);
  const { flow, userErrors } = sent.data.sendCode;
  if (!flow) throw new Error(JSON.stringify(userErrors));
  for (;;) {
    const code = readFileSync(log, 'utf8').split('\n').find((line) => line.includes(flow))?.match(/code=(\d{6})/)?.[1];
    if (code) {
      const { data } = await post(`mutation { signIn(input: {code: {flow: "${flow}", code: "${code}"}}) { token viewer { ownedOrg { id roles { nodes { id } } } seats { orgId } } } }`);
      return data.signIn; // the cookie of a session is its token
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const browser = await launch();
const owner = await session('13800000001');
const org = owner.viewer.ownedOrg.id;
const role = owner.viewer.ownedOrg.roles.nodes[0].id;

/** The screens by the name of their picture: address, and what is done before the picture is taken. */
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
  'role-edit': { path: `/console/o/${org}/settings/roles/${role}`, act: async (page) => { await page.locator('.grant-grid input').nth(1).setChecked(false, { force: true }); await page.locator('.preview li').first().waitFor(); } },
  'not-found': { path: `/console/o/${org}/settings/nothing` },
  ...(await import('./more-screens.mjs').then((module) => module.screens(org), () => ({}))),
};

for (const language of ['zh-CN', 'en']) {
  for (const width of [1440, 390]) {
    const context = await browser.newContext({ viewport: { width, height: width === 390 ? 844 : 900 }, locale: language, colorScheme: process.env.SCHEME ?? 'light', deviceScaleFactor: width === 390 ? 2 : 1 });
    await fromDisk(context);
    const page = await context.newPage();
    const found = complaints(page);
    for (const [name, { path, act, out: signedOut }] of Object.entries(screens)) {
      if (only.length > 0 && !only.includes(name)) continue;
      await context.clearCookies();
      if (!signedOut) await context.addCookies([{ name: '__Host-deputy', value: owner.token, domain: new URL(base).hostname, path: '/', secure: true, httpOnly: true, sameSite: 'Strict' }]);
      await page.goto(base + path);
      await page.locator('h1, h2').first().waitFor();
      await act?.(page);
      await page.waitForLoadState('networkidle').catch(() => {});
      await page.screenshot({ path: join(out, `${name}.${language}.${width}.png`), animations: 'disabled' });
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (sideways > 0) console.log(`${name} ${language} ${width}: scrolls sideways by ${sideways}`);
    }
    for (const complaint of new Set(found)) console.log(`${language} ${width}: ${complaint}`);
    await context.close();
  }
}
await browser.close();
