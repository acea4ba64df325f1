// Enters screens and states, and looks at each in every way. A crawl keeps what it finds, by screen, state and way.
import { complaints, fromDisk, launch, nameOf, post } from './browser.mjs';
import { pairwise, viewer, ways } from './look.mjs';
import { enter, screens } from './screens.mjs';
import { person, serve } from './server.mjs';

// A browser says by itself that a request found no server, or was refused.
const byItself = /Failed to load resource|WebSocket connection|ERR_/;

// What axe sees besides the way in which a page is entered: one of the pairwise choice after the other.
const oneOf = (n) => [pairwise[1 + (n % (pairwise.length - 1))]];

/** Looks at every screen in the states of its own, and returns what is found. `axeWays(n)` are the ways of axe for the
 * n-th state, besides the one in which a page is entered. */
export const crawlScreens = (axeWays = oneOf) =>
  crawl(axeWays, async ({ screen }, table) => {
    for (const entry of table) await screen(entry);
  });

/** Looks at every route, or those with these names, in the states that any screen can be in, and returns what is found. */
export const crawlRoutes = (axeWays = oneOf, names) =>
  crawl(axeWays, async ({ route }, table) => {
    for (const entry of table) if (entry.route && (!names || names.includes(entry.name))) await route(entry);
  });

async function crawl(axeWays, work) {
  const [browser, server] = await Promise.all([launch(), serve()]);
  const only = process.env.ONLY?.split(',');
  try {
    const table = Object.values(await screens(server, browser));
    const crawler = await newCrawler(browser, server, axeWays);
    await work(crawler, only ? table.filter(({ name }) => only.includes(name)) : table);
    return crawler.found;
  } finally {
    await browser.close();
    await server.close();
  }
}

async function newCrawler(browser, server, axeWays) {
  const context = await browser.newContext({
    locale: 'zh-CN',
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
  });
  if (process.env.DISK) await fromDisk(context);
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`securitypolicyviolation: ${violatedDirective} ${blockedURI}`),
    ),
  );
  const found = [];
  const host = new URL(server.base).host;
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (/^(http|ws)/.test(url.protocol) && url.host !== host) found.push(`a request to ${url.host}`);
  });
  let states = 0;

  // opened opens a page for what is done with it, and keeps what its console says.
  async function opened(name, work) {
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const said = complaints(page);
    try {
      await work(page, await viewer(page));
    } catch (error) {
      found.push(`${name}: ${error.stack}`);
    } finally {
      for (const text of said) if (!byItself.test(text)) found.push(`${name}: the console says ${text}`);
      await page.evaluate(() => localStorage.clear()).catch(() => {});
      await page.close();
    }
  }

  // lookAt looks at a page as it is now, in each way.
  async function lookAt(name, { read, layout, axe }) {
    const axed = [ways[0], ...axeWays(states++)];
    const order = [...ways.filter(({ theme }) => theme === 'light'), ...axed.filter(({ theme }) => theme === 'dark')];
    for (const way of order) {
      await read(way);
      if (way.theme === 'light') found.push(...(await layout()).map((text) => `${name}, ${way.name}: ${text}`));
      if (axed.includes(way)) found.push(...(await axe()).map((text) => `${name}, ${way.name}: axe: ${text}`));
    }
    await read(ways[0]);
  }

  const screen = (entry) =>
    opened(entry.name, async (page, view) => {
      await enter(context, server, entry, page);
      await lookAt(entry.name, view);
      await entry.undo?.(page);
    });

  const route = (entry) =>
    opened(entry.name, async (page, view) => {
      const look = (state) => lookAt(`${entry.name} (${state})`, view);
      // A session of its own, which is over in the end.
      const reader = entry.out ? null : await person(server, browser, entry.as.phone ?? entry.as.viewer.account.phone);
      let mode = 'hold';
      const release = [];
      if (entry.query) {
        await page.route('**/graphql', async (request) => {
          const sent = request.request().postDataJSON();
          if (!sent || nameOf(sent.documentId) === 'accessQuery') return request.continue();
          if (mode === 'hold') await new Promise((resolve) => release.push(resolve));
          // The document has no such operation, and the server says so.
          if (mode === 'fail') return request.continue({ postData: { ...sent, operationName: 'nothing' } });
          await request.continue().catch(() => {});
        });
      }
      const { act, ...bare } = { ...entry, as: reader };
      if (entry.query) {
        await enter(context, server, { ...bare, shows: '.skeleton' }, page);
        await look('first load');
        mode = 'fail';
        for (const go of release.splice(0)) go();
        await page.locator('.state.failed').waitFor();
        await look('error');
        mode = 'pass';
        // The page may also request its rows again by itself, in the language that it came back to.
        const gone = page.locator('.state.failed').waitFor({ state: 'detached' });
        await Promise.race([
          gone,
          page
            .locator('.state.failed .do .button')
            .click()
            .catch(() => gone),
        ]);
        await gone;
        await page.locator('h1').first().waitFor();
        await page.unroute('**/graphql');
      } else {
        await enter(context, server, bare, page);
      }
      await look('rows');
      await context.setOffline(true);
      await page.locator('.bar').waitFor();
      await look('offline');
      await context.setOffline(false);
      await page.locator('.bar').waitFor({ state: 'detached' });
      if (!reader) return;
      await post(server.base, 'signOutMutation', {}, reader.cookie);
      await page.getByRole('dialog').waitFor();
      await look('session over');
    });

  return { screen, route, found };
}
