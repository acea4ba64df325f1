// Drives consoles of another origin, and pages of strangers, in headless Chromium. It takes dist/ to be built (`npm run build`), and
//   API, TOKEN       the server's GraphQL address, and a token of the demo's owner
//   LOG              the file with the server's log, where the log sender writes codes
//   CONSOLE          an origin of dist/ that the server lists, of its own site
//   ELSEWHERE        another one that it lists, of another site
//   SISTER, FOREIGN  origins of dist/ that it does not list: of the same site, so that the cookie goes along, and of another
// Every wait is for something that is seen; none takes long where all is well.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { launch } from '../../playground/chromium.mjs';

const { API: api, TOKEN: token, LOG: log, CONSOLE: listed, ELSEWHERE: elsewhere, SISTER: sister, FOREIGN: foreign } = process.env;
const owner = '13800000001';
const patience = 120_000;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

for (const { name, lost } of [
  { name: 'react', lost: '4403' },
  { name: 'vue', lost: 'UNAUTHENTICATED' },
]) {
  test(`a console signs in, reads, changes, watches and signs out: ${name}`, async (t) => {
    const { context, page } = await open(t, `${listed}/${name}.html?api=${encodeURIComponent(api)}`);
    await page.locator('#phone').fill(owner);
    await page.locator('#send').click();
    const flow = await page.locator('#code').getAttribute('data-flow');
    await page.locator('#code').fill(await codeOf(flow));
    await page.locator('#sign-in').click();
    await page.locator('#org').waitFor();
    await page.locator('#roles li', { hasText: /\S+: \S+/ }).first().waitFor(); // a role, and who has it

    const [cookie] = await context.cookies(api);
    const { httpOnly, secure, sameSite, path } = cookie;
    assert.deepEqual({ name: cookie.name, httpOnly, secure, sameSite, path }, { name: '__Host-deputy', httpOnly: true, secure: true, sameSite: 'Strict', path: '/' });
    assert.equal(await page.evaluate(() => document.cookie + JSON.stringify(localStorage)), '{}', 'no script reads the session');

    const role = `Made by ${name}`;
    await page.locator('#name').fill(role);
    await page.locator('#create').click();
    await page.locator('#roles li', { hasText: role }).waitFor();
    await page.locator('#events li', { hasText: 'createRole' }).waitFor();
    assert.equal(await page.locator('#over').count(), 0, 'the subscription goes on');

    await page.locator('#sign-out').click();
    await page.locator('#over', { hasText: lost }).waitFor();
    assert.deepEqual(await context.cookies(api), []);
    await page.locator('#refetch').click();
    await page.locator('#refused', { hasText: 'UNAUTHENTICATED' }).waitFor();
  });
}

test('a page of another origin borrows nothing', async (t) => {
  const { context, page } = await open(t, `${listed}/blank.html`);
  const flow = (await ask(page, `mutation { sendCode(input: { to: { phone: "${owner}" }, purpose: SIGN_IN }) { flow } }`)).sendCode.flow;
  const { signIn } = await ask(page, `mutation { signIn(input: { code: { flow: "${flow}", code: "${await codeOf(flow)}" } }, session: COOKIE) { viewer { ownedOrg { id } } } }`);
  const org = signIn.viewer.ownedOrg.id;
  const withCookie = [];
  context.on('request', (request) => {
    withCookie.push(request.allHeaders().then(({ cookie = '', origin = '' }) => [cookie.includes('__Host-deputy='), origin], () => [false]));
  });

  const before = await state(org);
  for (const origin of [sister, foreign]) {
    await page.goto(`${origin}/blank.html`);
    const read = await page.evaluate(attack, { api, org });
    for (const [how, what] of Object.entries(read)) {
      assert.ok(['refused', 'unreadable'].includes(what), `${how} from ${origin}: ${what}`);
    }
    assert.deepEqual(await state(org), before, `nothing is changed from ${origin}`);
  }
  const sent = (await Promise.all(withCookie)).filter(([has]) => has);
  assert.ok(sent.some(([, origin]) => origin === sister), 'the sister came with the cookie, and yet in vain');
  assert.ok(!sent.some(([, origin]) => origin === foreign), 'to another site the browser gives no cookie');

  // The same by the listed origin shows that the attacks would have worked.
  await page.goto(`${listed}/blank.html`);
  const { 'JSON, asking first': json, 'a query in the address': query, 'a WebSocket': socket, 'an EventSource': events, ...simple } = await page.evaluate(attack, { api, org });
  assert.match(json, /"role":\{"id":"rol/);
  assert.match(query, /"account":\{"id":"acc/);
  assert.match(socket, /connection_ack/);
  assert.equal(events, 'open');
  for (const [how, what] of Object.entries(simple)) {
    assert.ok(!what.includes('"data"'), `${how}: ${what}`);
  }
  assert.deepEqual(await state(org), { roles: before.roles + 1, events: before.events + 1 }, 'of all that changes something, JSON alone ran');
});

test('a console on another site uses the token', async (t) => {
  const { page } = await open(t, `${elsewhere}/blank.html`);
  const read = await page.evaluate(async ({ api, token }) => {
    const Authorization = `Bearer ${token}`;
    const ask = async (headers) => {
      const answer = await fetch(api, { method: 'POST', credentials: 'include', headers: { 'Content-Type': 'application/json', ...headers }, body: '{"query":"{ viewer { account { id } } }"}' });
      return { id: answer.headers.get('X-Request-Id'), viewer: (await answer.json()).data.viewer };
    };
    const socket = new WebSocket(api.replace(/^http/, 'ws'), 'graphql-transport-ws');
    const acknowledged = new Promise((resolve) => {
      socket.onopen = () => socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization } }));
      socket.onmessage = ({ data }) => resolve(data);
      socket.onclose = ({ code }) => resolve(code);
    });
    return { known: await ask({ Authorization, 'Idempotency-Key': 'one', 'Accept-Language': 'en' }), unknown: await ask({}), acknowledged: await acknowledged };
  }, { api, token });
  assert.match(read.known.viewer.account.id, /^acc/);
  assert.match(read.known.id, /^[A-Z2-7]{26}$/, 'the page may read the id that the log has');
  assert.equal(read.unknown.viewer, null);
  assert.match(read.acknowledged, /connection_ack/);
});

// attack runs in a page and tries whatever a page can send; it answers what the page could read.
async function attack({ api, org }) {
  const create = `mutation { createRole(input: { orgId: "${org}", name: "Stolen", grants: [{ module: ORDERS, actions: [VIEW] }] }) { role { id } } }`;
  const me = '{ viewer { account { id } } }';
  const body = JSON.stringify({ query: create });
  const inURL = (query) => `${api}?query=${encodeURIComponent(query)}`;
  const send = (url, options) =>
    fetch(url, { credentials: 'include', ...options }).then(async (r) => (r.type === 'opaque' ? 'unreadable' : `${r.status} ${await r.text()}`), () => 'refused');
  const load = (tag, attributes) =>
    new Promise((resolve) => {
      const element = Object.assign(document.createElement(tag), attributes);
      element.onload = element.onerror = () => resolve('unreadable');
      document.body.append(element);
    });
  const submit = (method, enctype, fields) =>
    new Promise((resolve) => {
      const frame = Object.assign(document.createElement('iframe'), { name: `frame-${Math.random()}` });
      document.body.append(frame);
      frame.onload = () => {
        try {
          resolve(frame.contentDocument?.body.textContent || 'unreadable');
        } catch {
          resolve('unreadable');
        }
      };
      const form = Object.assign(document.createElement('form'), { method, enctype, action: api, target: frame.name });
      for (const [name, value] of Object.entries(fields)) {
        form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
      }
      document.body.append(form);
      form.submit();
    });
  const post = (type, extra) => ({ method: 'POST', body, headers: { 'Content-Type': type }, ...extra });
  const multipart = new FormData();
  multipart.append('operations', body);
  const tries = {
    'JSON, asking first': () => send(api, post('application/json')),
    'JSON as text': () => send(api, post('text/plain')),
    'JSON as text, blindly': () => send(api, post('text/plain', { mode: 'no-cors', keepalive: true })),
    'JSON that hides in a type': () => send(api, post('text/plain; application/json', { mode: 'no-cors' })),
    'a form by script': () => send(api, { method: 'POST', body: new URLSearchParams({ query: create }), mode: 'no-cors' }),
    'a form with a file by script': () => send(api, { method: 'POST', body: multipart, mode: 'no-cors' }),
    'a mutation in the address': () => send(inURL(create)),
    'a mutation in the address, blindly': () => send(inURL(create), { mode: 'no-cors' }),
    'a query in the address': () => send(inURL(me)),
    'a query in the address, blindly': () => send(inURL(me), { mode: 'no-cors' }),
    'a form': () => submit('POST', 'application/x-www-form-urlencoded', { query: create }),
    'a form as text': () => submit('POST', 'text/plain', { '{"query":': `${JSON.stringify(create)}}` }),
    'a form with a file': () => submit('POST', 'multipart/form-data', { query: create }),
    'a form in the address': () => submit('GET', 'application/x-www-form-urlencoded', { query: create }),
    'a script': () => load('script', { src: inURL(me) }),
    'an image': () => load('img', { src: inURL(create) }),
    'a WebSocket': () =>
      new Promise((resolve) => {
        const socket = new WebSocket(api.replace(/^http/, 'ws'), 'graphql-transport-ws');
        socket.onopen = () => socket.send('{"type":"connection_init"}');
        socket.onmessage = ({ data }) => {
          resolve(data);
          socket.close();
        };
        socket.onclose = () => resolve('refused');
      }),
    'an EventSource': () =>
      new Promise((resolve) => {
        const source = new EventSource(inURL(`subscription { auditEvents(orgId: "${org}") { id } }`), { withCredentials: true });
        const end = (how) => () => {
          resolve(how);
          source.close();
        };
        source.onopen = end('open');
        source.onerror = end('refused');
      }),
  };
  const read = {};
  const silent = () => new Promise((resolve) => setTimeout(resolve, 60_000, 'no answer'));
  for (const [how, run] of Object.entries(tries)) read[how] = await Promise.race([run(), silent()]);
  return read;
}

// state tells how much there is in the org, as its owner sees it from elsewhere.
async function state(org) {
  const answer = await fetch(api, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: `{ org(id: "${org}") { roles { totalCount } auditEvents { totalCount } } }` }),
  });
  const { data } = await answer.json();
  return { roles: data.org.roles.totalCount, events: data.org.auditEvents.totalCount };
}

// ask sends an operation from the page, with its cookie.
function ask(page, query) {
  return page.evaluate(async ([api, query, patience]) => {
    const answer = await fetch(api, {
      method: 'POST', credentials: 'include', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ query }), signal: AbortSignal.timeout(patience),
    });
    return (await answer.json()).data;
  }, [api, query, patience]);
}

// open shows the page to somebody new.
async function open(t, url) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.on('crash', () => t.diagnostic('the page has crashed'));
  page.on('pageerror', (error) => t.diagnostic(`the page: ${error}`));
  page.on('console', (message) => t.diagnostic(`the page says: ${message.text()}`));
  await page.goto(url);
  return { context, page };
}

// codeOf waits for the code that the log sender writes for the flow.
async function codeOf(flow) {
  for (const until = Date.now() + patience; Date.now() < until; await delay(50)) {
    const line = readFileSync(log, 'utf8').split('\n').find((one) => one.includes(flow));
    const code = line?.match(/code=(\d{6})/)?.[1];
    if (code) return code;
  }
  throw new Error(`no code was written for ${flow}`);
}
