// Looks at a page as a reader of each kind sees it: axe-core for what assistive technology needs, and a measure of its
// own for what scrolls sideways and which text is cut. Language, theme and width change in place.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { layout } from './layout.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** The sizes of a window: a laptop, the narrowest reflow, a phone, and a small laptop whose texts are enlarged. */
export const widths = {
  1440: { width: 1440, height: 900, scale: 1 },
  320: { width: 320, height: 720, scale: 1 },
  390: { width: 390, height: 844, scale: 1 },
  1024: { width: 1024, height: 768, scale: 1.25 },
};

/** Every way in which a page is read; the first is the one in which it is entered. */
export const ways = ['zh-CN', 'en'].flatMap((language) =>
  ['light', 'dark'].flatMap((theme) =>
    ['1440', '1024', '390', '320'].map((width) => ({ language, theme, width, name: `${language} ${theme} ${width}` })),
  ),
);

/** The ways with which each two of language, theme and width meet. */
export const pairwise = [
  ['zh-CN', 'light', '1440'],
  ['en', 'dark', '1440'],
  ['zh-CN', 'dark', '320'],
  ['en', 'light', '320'],
  ['en', 'light', '390'],
  ['zh-CN', 'dark', '390'],
  ['zh-CN', 'light', '1024'],
  ['en', 'dark', '1024'],
].map(([language, theme, width]) => ways.find((way) => way.name === `${language} ${theme} ${width}`));

/** Returns what changes how a page is read, and what looks at it. */
export async function viewer(page) {
  const cdp = await page.context().newCDPSession(page);
  let now = ways[0];
  return {
    /** Changes language, theme and width in place, and waits until the page is as it stays. */
    async read(way) {
      if (way.width !== now.width) {
        const { width, height, scale } = widths[way.width];
        const size = { width, height, deviceScaleFactor: scale, mobile: false };
        await cdp.send('Emulation.setDeviceMetricsOverride', size);
      }
      if (way.theme !== now.theme) await page.emulateMedia({ colorScheme: way.theme });
      if (way.language !== now.language) await page.evaluate(speak, way.language);
      now = way;
      await page.waitForFunction(rests, way.language);
    },
    /** Returns what scrolls sideways, and the texts that are cut. */
    layout: () => page.evaluate(layout),
    /** Returns what axe finds. It runs in a world of its own, to which the policy of the page does not apply. */
    async axe() {
      const { frameTree } = await cdp.send('Page.getFrameTree');
      const { executionContextId } = await cdp.send('Page.createIsolatedWorld', {
        frameId: frameTree.frame.id,
        worldName: 'axe',
      });
      const run = async (expression) => {
        const { result, exceptionDetails } = await cdp.send('Runtime.evaluate', {
          expression,
          contextId: executionContextId,
          awaitPromise: true,
          returnByValue: true,
        });
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        return result.value;
      };
      if (await run('typeof axe === "undefined"')) await run(`${axeSource};0`);
      const options = { runOnly: rules, resultTypes: ['violations'], selectors: true, elementRef: false };
      return run(`axe.run(document, ${JSON.stringify(options)}).then(({ violations }) =>
        violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ target, any }) =>
          target.join(' ') + (any[0]?.message ? ' (' + any[0].message + ')' : '')).join(', ')))`);
    },
  };
}

// speak chooses a language as another page of this browser would.
function speak(language) {
  localStorage.setItem('deputy.preferences', JSON.stringify({ language }));
  window.dispatchEvent(new StorageEvent('storage', { key: 'deputy.preferences' }));
}

// rests resolves when a page shows a language, and is neither fetching nor moving. Styles are computed by then.
function rests(language) {
  if (document.documentElement.lang !== language) return false;
  // What waits for the server, or for a sign-in, keeps its rows.
  if (document.querySelector('[data-stale]') && !document.querySelector('.bar, .modal, .skeleton')) return false;
  if (
    document
      .getAnimations()
      .some(({ effect }) => effect.getComputedTiming().progress !== 1 && isFinite(effect.getComputedTiming().endTime))
  )
    return false;
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))));
}
