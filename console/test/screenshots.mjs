// Writes a picture of every screen, in both languages at 1440 and 390 px, into console/screenshots; the important ones
// are there in the dark too. Arguments name some of the screens. The server is that of DEPUTY_E2E_BINARY, with the demo.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { complaints, fromDisk, launch } from './browser.mjs';
import { enter, screens } from './screens.mjs';
import { serve } from './server.mjs';

const inTheDark = [
  'sign-in',
  'roles',
  'role-edit',
  'accounts',
  'accounts-result',
  'account-new',
  'audit',
  'audit-detail',
];
const windows = {
  1440: { viewport: { width: 1440, height: 900 } },
  390: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
};
const only = process.argv.slice(2);
const out = join(import.meta.dirname, '..', 'screenshots');
mkdirSync(out, { recursive: true });

const browser = await launch();
for (const language of ['zh-CN', 'en']) {
  // Each language has a server of its own: some pictures change what others show.
  const server = await serve();
  const table = Object.values(await screens(server, browser)).filter(({ name }) => !only.length || only.includes(name));
  for (const [width, window] of Object.entries(windows)) {
    const context = await browser.newContext({ ...window, locale: language, reducedMotion: 'reduce' });
    if (process.env.DISK) await fromDisk(context);
    for (const screen of table) {
      const page = await context.newPage();
      const found = complaints(page);
      const picture = (scheme) => ({ path: join(out, `${screen.name}.${language}.${width}${scheme}.png`) });
      await enter(context, server, screen, page);
      await page.screenshot(picture(''));
      if (inTheDark.includes(screen.name)) {
        await page.emulateMedia({ colorScheme: 'dark' });
        await page.screenshot(picture('.dark'));
      }
      await screen.undo?.(page);
      await page.close();
      for (const complaint of new Set(found)) console.log(`${screen.name}, ${language} ${width}: ${complaint}`);
    }
    await context.close();
  }
  await server.close();
}
await browser.close();
