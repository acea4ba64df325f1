// Drives the consoles with admin frameworks in headless Chromium, through Vite's development server with
// vite.config.js. It takes dist/ to be built, and
//   DEPUTY, TOKEN, ORG  the server's address, a token of the demo's owner, and the org
//   LOG                 the file with the server's log, where the log sender writes codes
//   SHOTS               a folder for pictures of the pages; none are made without
// Every wait is for something that is seen; none takes long where all is well.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { createServer } from 'vite';

import { launch } from '../../playground/chromium.mjs';

const { DEPUTY: deputy, TOKEN: token, ORG: org, LOG: log, SHOTS: shots } = process.env;
const patience = 120_000;
const fileOf = (name) => new URL(name, import.meta.url).pathname;

let browser, vite, origin;
let losing = false; // whether the next answer is lost
before(async () => {
  vite = await createServer({
    configFile: fileOf('vite.config.js'), root: fileOf('.'), publicDir: fileOf('dist'), logLevel: 'error',
    optimizeDeps: { noDiscovery: true }, server: { host: '127.0.0.1', watch: null, hmr: false },
    plugins: [{ name: 'lose', configureServer: ({ middlewares }) => void middlewares.use(lose) }],
  });
  await vite.listen();
  origin = `http://127.0.0.1:${vite.httpServer.address().port}`;
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await vite?.close();
});

const fewest = 'orderBy: { field: FOLLOWERS, direction: ASC }';
const cheapest = 'orderBy: { field: AMOUNT, direction: ASC }';
const most = 'orderBy: { field: FOLLOWERS, direction: DESC }';

test('Refine: creators by pages, forms, live', async (t) => {
  const { page, sent } = await open(t, 'refine');
  await enter(page, '13800000001');
  const rows = page.locator('.ant-table-row');
  const names = rows.locator('td:nth-child(1)');
  await shows(names, await creators('first: 10'));
  await page.locator('.ant-pagination-item-3').click();
  await shows(names, await creators('first: 10, offset: 20'));
  await page.locator('th', { hasText: 'Followers' }).click();
  await shows(names, await creators(`first: 10, offset: 20, ${fewest}`));
  await page.locator('th', { hasText: 'Followers' }).click();
  await shows(names, await creators(`first: 10, offset: 20, ${most}`));
  await page.getByPlaceholder('Name or platform id').fill('dy_1001');
  await page.keyboard.press('Enter');
  await shows(names, await creators(`first: 10, filter: { search: "dy_1001" }, ${most}`));
  await page.locator('.ant-select').first().click();
  for (const [status, statuses] of [['ended', '[ENDED]'], ['signed', '[ENDED, SIGNED]']]) {
    await page.locator('.ant-select-item', { hasText: status }).click();
    await shows(names, await creators(`first: 10, filter: { search: "dy_1001", statuses: ${statuses} }, ${most}`));
  }
  await page.keyboard.press('Escape');

  const [id] = await cells(`creators(first: 1, filter: { search: "dy_1001" }, ${most})`, 'id');
  await rows.first().getByRole('button').click();
  const edited = page.locator('.ant-modal', { hasText: 'Edit creator' });
  await edited.getByLabel('Platform id').fill('dy_10001');
  await edited.getByRole('button', { name: 'Save' }).click();
  const told = edited.locator('.ant-form-item', { hasText: 'Platform id' }).locator('.ant-form-item-explain-error');
  await seen(told, await refusal({ id, platformId: 'dy_10001' }), 'refine');
  await edited.getByLabel('Platform id').fill('dy_1001 changed');
  await changesOnce(sent, () => edited.getByRole('button', { name: 'Save' }).click());
  await seen(rows.first().locator('td:nth-child(2)'), 'dy_1001 changed');

  await page.getByRole('button', { name: 'Create' }).click();
  const made = page.locator('.ant-modal', { hasText: 'New creator' });
  await made.getByLabel('Name').fill('Made with Refine');
  await made.getByLabel('Platform id').fill('dy_1001 made');
  await made.getByLabel('Followers').fill('999999');
  await made.getByRole('button', { name: 'Save' }).click();
  await seen(names.first(), 'Made with Refine');

  await update({ id, name: 'Renamed elsewhere' });
  await seen(names.nth(1), 'Renamed elsewhere', 'refine-list');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Phone number').waitFor();
});

test('react-admin: creators by pages, forms, live; orders of some creators', async (t) => {
  const { page, sent } = await open(t, 'react-admin');
  const { email, password } = await hire();
  await page.getByLabel('Username').fill(email);
  await page.locator('input[name=password]').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.MuiSnackbarContent-message').waitFor();
  await page.locator('input[name=password]').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const names = page.locator('td.column-name');
  await shows(names, await creators('first: 10'));
  await page.getByRole('button', { name: 'Go to page 3' }).click();
  await shows(names, await creators('first: 10, offset: 20'));
  await page.locator('th.column-followers').getByRole('button').click();
  await shows(names, await creators(`first: 10, ${fewest}`));
  await page.getByPlaceholder('Search').fill('dy_100');
  await shows(names, await creators(`first: 10, filter: { search: "dy_100" }, ${fewest}`));
  await page.getByLabel('Status').click();
  await page.getByRole('option', { name: 'ended' }).click();
  await shows(names, await creators(`first: 10, filter: { search: "dy_100", statuses: [ENDED] }, ${fewest}`));
  await page.getByRole('option', { name: 'ended' }).click();
  await shows(names, await creators(`first: 10, filter: { search: "dy_100" }, ${fewest}`));
  await page.keyboard.press('Escape');

  const [id] = await cells(`creators(first: 1, filter: { search: "dy_100" }, ${fewest})`, 'id');
  await names.first().click();
  await page.getByLabel('Platform id').fill('dy_10020');
  await page.getByRole('button', { name: 'Save' }).click();
  const told = page.locator('.ra-input-platformId .Mui-error.MuiFormHelperText-root');
  await seen(told, await refusal({ id, platformId: 'dy_10020' }), 'react-admin');
  await page.getByLabel('Platform id').fill('dy_1000 changed');
  await changesOnce(sent, () => page.getByRole('button', { name: 'Save' }).click());
  await seen(page.locator('td.column-platformId').first(), 'dy_1000 changed');

  await page.getByRole('link', { name: 'Create' }).click();
  await page.getByLabel('Name').fill('Made with react-admin');
  await page.getByLabel('Platform id').fill('dy_1000 made');
  for (const text of ['x', '']) await page.getByLabel('Category').fill(text); // what was emptied is null
  await page.getByRole('button', { name: 'Save' }).click();
  await seen(names.first(), 'Made with react-admin'); // nobody follows it

  await update({ id, name: 'Renamed elsewhere too' });
  await seen(names.nth(1), 'Renamed elsewhere too', 'react-admin-list');

  await page.getByRole('menuitem', { name: 'Orders' }).click();
  const numbers = page.locator('td.column-number');
  await shows(numbers, await orders('first: 10'));
  await page.getByLabel('Creators').fill('Renamed elsewhere too');
  await shows(page.getByRole('option'), ['Renamed elsewhere too']);
  await page.getByRole('option').click();
  await shows(numbers, await orders(`first: 10, filter: { creatorIds: ["${id}"] }`));
  await page.locator('th.column-amount').getByRole('button').click();
  await shows(numbers, await orders(`first: 10, filter: { creatorIds: ["${id}"] }, ${cheapest}`));
  await seen(page.locator('td.column-creatorName').first(), 'Renamed elsewhere too', 'react-admin-orders');

  await setPassword(email, 'another correct horse'); // which ends the session
  await page.getByLabel('Username').waitFor();
});

test('ProTable: orders by pages, a form, live, and in part', async (t) => {
  const { page, sent } = await open(t, 'protable');
  await enter(page, '13800000001');
  const rows = page.locator('.ant-table-row');
  const numbers = rows.locator('td:nth-child(1)');
  await shows(numbers, await orders('first: 10'));
  await page.locator('.ant-pagination-item-500').click();
  await shows(numbers, await orders('first: 10, offset: 4990'));
  await page.locator('th', { hasText: 'Amount' }).click();
  await shows(numbers, await orders(`first: 10, offset: 4990, ${cheapest}`));
  await page.locator('th', { hasText: 'Status' }).locator('.ant-table-filter-trigger').click();
  for (const status of ['paid', 'settled']) await page.locator('.ant-dropdown-menu-item', { hasText: status }).click();
  await page.locator('.ant-table-filter-dropdown').getByRole('button', { name: 'OK' }).click();
  await shows(numbers, await orders(`first: 10, filter: { statuses: [PAID, SETTLED] }, ${cheapest}`));
  const paid = 'orders(first: 1, filter: { statuses: [PAID] })';
  const [{ number, id, creator }] = await list(paid, 'number id creator { id name }');
  await page.getByLabel('Search').fill(number);
  await page.getByRole('button', { name: 'Query' }).click();
  await shows(numbers, [number]);

  await page.getByText(creator.name).click();
  await page.getByLabel('Platform id').fill('dy_10020');
  await page.getByRole('button', { name: 'OK' }).click();
  const told = page.locator('.ant-form-item', { hasText: 'Platform id' }).locator('.ant-form-item-explain-error');
  await seen(told, await refusal({ id: creator.id, platformId: 'dy_10020' }), 'protable');
  await page.getByLabel('Platform id').fill('dy changed');
  await page.getByLabel('Name').fill('Renamed here');
  await changesOnce(sent, () => page.getByRole('button', { name: 'OK' }).click());
  await seen(rows.locator('td:nth-child(2)'), 'Renamed here');

  const settle = 'mutation ($input: SettleOrdersInput!) { settleOrders(input: $input) { userErrors { code } } }';
  await asked(settle, { input: { orgId: org, ids: [id] } });
  await seen(rows.locator('td:nth-child(5)'), 'settled', 'protable-list');

  // Somebody without the creators sees the orders, with the names and no forms.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await enter(page, '13800000016');
  await shows(numbers, await orders('first: 10'));
  assert.equal(await rows.locator('a').count(), 0);
});

test('what the pages take from the API besides goes through the proxy', async () => {
  const answer = await fetch(`${origin}/downloads/none`);
  assert.match(answer.headers.get('X-Request-Id') ?? answer.statusText, /^[A-Z2-7]{26}$/);
});

// lose passes a request on, and takes the answer of one away where it is losing.
function lose(request, response, next) {
  if (losing && request.url === '/graphql' && request.method === 'POST') {
    losing = false;
    response.write = () => true;
    response.end = () => response.destroy();
  }
  next();
}

// changesOnce loses the answer to what is done, and holds that it was sent again under the same key and done once.
async function changesOnce(sent, act) {
  const before = await done();
  losing = true;
  await act();
  const updates = () => sent.filter(({ body }) => body.includes('mutation UpdateCreator')).slice(-2);
  await until(() => updates().length === 2 && updates()[0].key === updates()[1].key);
  await until(async () => (await done()) > before);
  assert.equal(await done(), before + 1);
}

// done returns how many creators were changed.
async function done() {
  const filter = '{ operations: ["updateCreator"], outcomes: [DONE] }';
  const events = `auditEvents(filter: ${filter}) { totalCount }`;
  return (await asked(`query ($org: ID!) { org(id: $org) { ${events} } }`, { org })).org.auditEvents.totalCount;
}

// asked returns what the owner is told, or whoever the headers name.
async function asked(query, variables, headers = { Authorization: `Bearer ${token}` }) {
  const response = await fetch(`${deputy}/graphql`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', 'Accept-Language': 'en', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

async function list(field, selection) {
  const nodes = `list: ${field} { nodes { ${selection} } }`;
  return (await asked(`query ($org: ID!) { org(id: $org) { ${nodes} } }`, { org })).org.list.nodes;
}
const cells = async (field, column) => (await list(field, column)).map((node) => node[column]);
const creators = (args) => cells(`creators(${args})`, 'name');
const orders = (args) => cells(`orders(${args})`, 'number');

async function update(changes) {
  const mutation = 'mutation ($input: UpdateCreatorInput!) { updateCreator(input: $input) { userErrors { message } } }';
  return (await asked(mutation, { input: { orgId: org, ...changes } })).updateCreator.userErrors;
}

// refusal returns what is said about a change that is refused.
async function refusal(changes) {
  const [{ message }] = await update(changes);
  return message;
}

// hire gives somebody with an e-mail address and a password a seat, who edits creators and sees orders.
async function hire() {
  const email = 'table@agency.example', password = 'correct horse battery';
  const grants = [{ module: 'CREATORS', actions: ['EDIT'] }, { module: 'ORDERS' }];
  const open = 'mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }';
  const { createRole } = await asked(open, { input: { orgId: org, name: 'Tables', grants } });
  const bind = 'mutation ($input: SendBindCodeInput!) { sendBindCode(input: $input) { flow } }';
  const { flow } = (await asked(bind, { input: { orgId: org, to: { email } } })).sendBindCode;
  const create = 'mutation ($input: CreateSubAccountInput!) { createSubAccount(input: $input) { subAccount { id } } }';
  const code = { flow, code: await codeOf(flow) };
  await asked(create, { input: { orgId: org, name: 'Table', roleIds: [createRole.role.id], code } });
  await setPassword(email, password);
  return { email, password };
}

// setPassword sets it with a code, as somebody who is not signed in.
async function setPassword(email, password) {
  const send = 'mutation ($to: ContactInput!) { sendCode(input: { to: $to, purpose: SET_PASSWORD }) { flow } }';
  const { flow } = (await asked(send, { to: { email } }, {})).sendCode;
  const set = 'mutation ($input: SetPasswordInput!) { setPassword(input: $input) { userErrors { code } } }';
  await asked(set, { input: { code: { flow, code: await codeOf(flow) }, password } }, {});
}

// enter signs somebody in with a code.
async function enter(page, phone) {
  await page.getByLabel('Phone number').fill(phone);
  await page.getByRole('button', { name: 'Send a code' }).click();
  const flow = await page.getByLabel('Code').getAttribute('data-flow');
  await page.getByLabel('Code').fill(await codeOf(flow));
  await page.getByRole('button', { name: 'Sign in' }).click();
}

// open shows the page to somebody new, and notes what it sends, which is to its own origin alone.
async function open(t, name) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
  t.after(async () => {
    assert.deepEqual(elsewhere, [], 'it asks elsewhere');
    await context.close();
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const sent = [], elsewhere = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) elsewhere.push(request.url());
    if (request.method() === 'POST') sent.push({ key: request.headers()['idempotency-key'], body: request.postData() });
  });
  page.on('crash', () => t.diagnostic('the page has crashed'));
  page.on('pageerror', (error) => t.diagnostic(`the page: ${error.stack || error.message}`));
  page.on('response', (answer) => answer.ok() || t.diagnostic(`${answer.status()} to ${answer.request().postData()}`));
  await page.goto(`${origin}/${name}.html`);
  return { page, sent };
}

// shows waits until the cells hold these texts.
async function shows(cells, wanted) {
  assert.ok(wanted.length > 0, 'nothing is wanted');
  let found;
  await until(async () => {
    found = (await cells.allTextContents()).map((text) => text.trim());
    return JSON.stringify(found) === JSON.stringify(wanted);
  }, () => `${JSON.stringify(found)}, and not ${JSON.stringify(wanted)}`);
}

// seen waits for a text, and takes a picture where somebody wants one.
async function seen(locator, text, picture) {
  await locator.filter({ hasText: text }).waitFor();
  if (shots && picture) {
    await delay(500); // until what moves has come to rest
    await locator.page().screenshot({ path: `${shots}/${picture}.png` });
  }
}

async function until(holds, says = () => 'it did not come about') {
  for (const end = Date.now() + patience; Date.now() < end; await delay(50)) if (await holds()) return;
  assert.fail(says());
}

// codeOf waits for the code that the log sender writes for the flow.
async function codeOf(flow) {
  let code;
  await until(() => {
    const line = readFileSync(log, 'utf8').split('\n').find((one) => one.includes(flow));
    code = line?.match(/code=(\d{6})/)?.[1];
    return code;
  });
  return code;
}
