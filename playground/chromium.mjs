// Finds and starts Chromium, for every test that drives it.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

// Without these the browser looks up hosts of its maker by itself.
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage', // /dev/shm is small in containers, and a page that runs out of it stands still
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// launch starts the browser, which a busy machine takes its time for: the one that CHROMIUM names, else /usr/bin/chromium, else chromium on the PATH.
export function launch() {
  return chromium.launch({ executablePath: findChromium(), args: flags, timeout: 120_000 });
}

function findChromium() {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'chromium'));
  const candidates = process.env.CHROMIUM ? [process.env.CHROMIUM] : ['/usr/bin/chromium', ...places];
  for (const path of candidates) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Look further.
    }
  }
  throw new Error('no chromium: install it (apt-get install chromium), or name it with CHROMIUM');
}
