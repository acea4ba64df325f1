// Takes the pictures of the documents anew: docs/images, in both languages.
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from './browser.mjs';
import { fromStart, person, serve } from './server.mjs';

const out = join(import.meta.dirname, '..', '..', 'docs', 'images');
const mostBytes = 150_000;
mkdirSync(out, { recursive: true });

const [browser, server] = await Promise.all([launch(), serve()]);
const owner = await person(server, browser, '13800000001');
const org = owner.viewer.ownedOrg.id;
const [role] = (await owner.api('roleListQuery', { org, ...fromStart() })).org.roles.nodes;
const settings = `/console/o/${org}/settings`;
const screens = {
  accounts: { path: `${settings}/accounts`, part: 'tbody tr' },
  role: {
    path: `${settings}/roles/${role.id}`,
    part: '.grant-grid',
    // Something is taken away, so that the page says from whom.
    act: async (page) => {
      await page.locator('.grant-grid input').nth(1).setChecked(false, { force: true });
      await page.locator('.preview li').first().waitFor();
    },
  },
};
for (const language of ['zh-CN', 'en']) {
  for (const [name, { path, part, act }] of Object.entries(screens)) {
    const { page, context } = await owner.open(path, { language });
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.locator(part).first().waitFor();
    await act?.(page);
    const file = join(out, `console-${name}${language === 'en' ? '' : `.${language}`}.png`);
    await page.screenshot({ path: file, animations: 'disabled' });
    if (statSync(file).size > mostBytes) throw new Error(`${file} has ${statSync(file).size} bytes`);
    await context.close();
  }
}
await browser.close();
await server.close();
