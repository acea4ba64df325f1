// Starts Chromium and signs people in, for every test and picture of the console.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from '../../playground/chromium.mjs';

const dist = join(import.meta.dirname, '..', 'dist');
const page = readFileSync(join(import.meta.dirname, '..', 'console.go'), 'utf8');
// The policy of console.go, in one line.
const policy = [...page.slice(page.indexOf('const securityPolicy')).split('\n\n')[0].matchAll(/"([^"]*)"/g)].map(([, part]) => part).join('');
const types = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml' };

export { launch };

/** Serves the page of dist in place of the one in the binary: what was built a moment ago is seen without compiling Go. */
export async function fromDisk(context) {
  await context.grantPermissions(['local-network-access']); // a page that is put in place is of no network
  await context.route(/\/console(\/|$|\?)/, (route) => {
    const { pathname } = new URL(route.request().url());
    const headers = { 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' };
    const name = pathname.startsWith('/console/assets/') ? join('assets', pathname.slice('/console/assets/'.length)) : 'index.html';
    const type = types[name.split('.').at(-1)] ?? 'text/html; charset=utf-8';
    return route.fulfill({ body: readFileSync(join(dist, name)), headers: { ...headers, 'Content-Type': type } });
  });
}

/** Collects whatever the browser complains about. */
export function complaints(page) {
  const found = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && found.push(message.text()));
  page.on('pageerror', (error) => found.push(String(error)));
  return found;
}
