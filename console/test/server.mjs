// Starts the real server for a test, in a folder of its own: DEPUTY_E2E_BINARY names it. With DISK the page is that of
// dist, and so are the operations that the server knows.
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { complaints, fromDisk, post, signIn } from './browser.mjs';

const binary = process.env.DEPUTY_E2E_BINARY;
const disk = process.env.DISK;
const patience = Number(process.env.PATIENCE ?? 120_000);

/** A server with the demo: its address, its log, and what ends and starts it again. */
export async function serve(env = {}) {
  if (!binary) throw new Error('DEPUTY_E2E_BINARY names no server');
  const folder = mkdtempSync(join(tmpdir(), 'console-'));
  const log = join(folder, 'log');
  let child;
  let address = '127.0.0.1:0';
  const start = async () => {
    const out = openSync(log, 'a');
    const from = readFileSync(log, 'utf8').length;
    child = spawn(binary, ['--demo', '--code-limits', 'off', '--addr', address], {
      cwd: folder,
      stdio: ['ignore', 'ignore', out],
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        ...(disk && { DEPUTY_OPERATIONS: join(import.meta.dirname, '..', 'dist', 'operations.json') }),
        ...env,
      },
    });
    address = await said(log, from, /msg=listening address=(\S+)/, child);
  };
  const stop = () =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('exit', resolve);
      child.kill('SIGKILL');
    });
  await start();
  const close = async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { base: `http://localhost:${address.split(':').at(-1)}`, log, start, stop, close };
}

async function said(log, from, pattern, child) {
  const until = Date.now() + patience;
  while (Date.now() < until) {
    const found = readFileSync(log, 'utf8').slice(from).match(pattern);
    if (found) return found[1];
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the server did not start: ${readFileSync(log, 'utf8')}`);
}

/** Somebody who is signed in: the API in their name, and pages in which they are signed in. */
export async function person(server, browser, phone) {
  const { base, log } = server;
  const { cookie, viewer, browserCookie } = await signIn(base, log, phone);
  const api = async (operation, variables = {}) => {
    const { data, errors } = await post(base, operation, variables, cookie);
    if (!data) throw new Error(`${operation}: ${JSON.stringify(errors)}`);
    return data;
  };
  const open = async (path, { language = 'zh-CN', width = 1440 } = {}) => {
    const context = await browser.newContext({ viewport: { width, height: 900 }, locale: language });
    if (disk) await fromDisk(context);
    await context.addCookies([browserCookie]);
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    const found = complaints(page);
    await page.goto(base + path);
    return { page, context, found };
  };
  return { phone, cookie, viewer, browserCookie, api, open };
}

/** The arguments of a list from its start. */
export const fromStart = (more = {}) => ({
  first: 100,
  offset: 0,
  filter: {},
  orderBy: { field: 'CREATED_AT', direction: 'ASC' },
  ...more,
});
