// Starts Chromium and signs people in, for every test and picture of the console.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from '../../playground/chromium.mjs';

/** The page as it was built. */
export const dist = join(import.meta.dirname, '..', 'dist');
const page = readFileSync(join(import.meta.dirname, '..', 'console.go'), 'utf8');
// The policy of console.go, in one line.
const policy = [
  ...page
    .slice(page.indexOf('const securityPolicy'))
    .split('\n\n')[0]
    .matchAll(/"([^"]*)"/g),
]
  .map(([, part]) => part)
  .join('');
const types = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml' };

export { launch };

const known = () => JSON.parse(readFileSync(join(dist, 'operations.json'), 'utf8'));

/** Returns the name of an operation by its id. */
export const nameOf = (id) => known()[id]?.match(/^\w+ (\w+)/)?.[1];

/** Sends an operation of the page by its id, as the page does. */
export async function post(base, operation, variables, cookie = '') {
  const documentId = Object.keys(known()).find((id) => nameOf(id) === operation);
  if (!documentId) throw new Error(`the page has no operation ${operation}`);
  const response = await fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(cookie && { Cookie: cookie }) },
    body: JSON.stringify({ documentId, variables }),
  });
  return { ...(await response.json()), cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie };
}

/** Tries until there is a result, and fails after half a minute without one. */
export async function until(attempt) {
  const last = Date.now() + 30_000;
  for (let i = 0; Date.now() < last; i++) {
    const result = await attempt(i);
    if (result) return result;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing came: ${attempt}`);
}

/** Returns the code of a flow, as soon as the server's log has it. */
export function codeOf(log, flow) {
  return until(
    async () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .find((line) => line.includes(flow))
        ?.match(/code=(\d{6})/)?.[1],
  );
}

/** Signs somebody in by phone number, and returns the cookie of the session and the viewer. */
export async function signIn(base, log, phone) {
  const { data } = await post(base, 'codeRequestMutation', { input: { to: { phone }, purpose: 'SIGN_IN' } });
  const { flow, userErrors } = data.sendCode;
  if (!flow) throw new Error(JSON.stringify(userErrors));
  const { cookie } = await post(base, 'formSignInMutation', {
    input: { code: { flow, code: await codeOf(log, flow) } },
  });
  return signedIn(base, cookie);
}

/** Returns a phone number that nobody has. */
export const unusedPhone = () => `139${String(Math.floor(Math.random() * 1e8)).padStart(8, '0')}`;

/** Adds somebody to an org without the page, and returns the new sub-account. */
export async function bind({ base, log }, cookie, org, { phone = unusedPhone(), name, roleIds }) {
  const { sendBindCode } = (
    await post(base, 'subAccountNewCodeMutation', { input: { orgId: org, to: { phone } } }, cookie)
  ).data;
  const code = { flow: sendBindCode.flow, code: await codeOf(log, sendBindCode.flow) };
  const { createSubAccount } = (
    await post(base, 'subAccountNewMutation', { input: { orgId: org, name, code, roleIds } }, cookie)
  ).data;
  if (!createSubAccount.subAccount) throw new Error(JSON.stringify(createSubAccount.userErrors));
  return createSubAccount.subAccount;
}

/** Returns the viewer of a session, and its cookie as the browser takes it. */
export async function signedIn(base, cookie) {
  const { data } = await post(base, 'accessQuery', {}, cookie);
  const [name, value] = cookie.split('=');
  return {
    cookie,
    viewer: data.viewer,
    browserCookie: {
      name,
      value,
      domain: new URL(base).hostname,
      path: '/',
      secure: true,
      httpOnly: true,
      sameSite: 'Strict',
    },
  };
}

/** Serves the page of dist in place of the one in the binary: what was built a moment ago is seen without compiling Go. */
export async function fromDisk(context) {
  await context.grantPermissions(['local-network-access']); // a page that is put in place is of no network
  await context.route(/\/console(\/|$|\?)/, (route) => {
    if (route.request().method() !== 'GET') return route.continue(); // whether the server answers, it says itself
    const { pathname } = new URL(route.request().url());
    const headers = { 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' };
    const name = pathname.startsWith('/console/assets/')
      ? join('assets', pathname.slice('/console/assets/'.length))
      : 'index.html';
    const type = types[name.split('.').at(-1)] ?? 'text/html; charset=utf-8';
    return route.fulfill({ body: readFileSync(join(dist, name)), headers: { ...headers, 'Content-Type': type } });
  });
}

/** Collects whatever the browser complains about, and writes that could be done twice. */
export function complaints(page) {
  const found = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && found.push(message.text()));
  page.on('pageerror', (error) => found.push(String(error)));
  page.on('request', (request) => {
    if (request.method() !== 'POST' || !request.url().endsWith('/graphql')) return;
    const { documentId } = JSON.parse(request.postData());
    const keyless = known()[documentId]?.startsWith('mutation') && !request.headers()['idempotency-key'];
    // The server keeps no response with a secret, so these two are sent once.
    const secret = ['tokenDialogCreateMutation', 'tokenDialogRotateMutation'].includes(nameOf(documentId));
    if (keyless && !secret) found.push(`${nameOf(documentId)} has no Idempotency-Key`);
  });
  return found;
}
