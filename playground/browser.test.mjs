// Drives the playground of a running server as a person does, in headless Chromium:
//
//   PLAYGROUND_URL  the page, for example http://127.0.0.1:8080/playground
//   PLAYGROUND_TOKEN, PLAYGROUND_ORG  a token of the owner of an org, and that org's id
//   PLAYGROUND_LOG  the file with the server's log, where the log sender writes codes; without it nobody signs in here
//   CHROMIUM        the browser, when it is neither /usr/bin/chromium nor chromium on the PATH
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { buildClientSchema, parse, validate } from 'graphql';

import { launch } from './chromium.mjs';

const url = needed('PLAYGROUND_URL');
const token = needed('PLAYGROUND_TOKEN');
const org = needed('PLAYGROUND_ORG');
const log = process.env.PLAYGROUND_LOG;
const origin = new URL(url).origin;
const pictures = mkdtempSync(join(tmpdir(), 'deputy-playground-'));

// The editor below the query that shows: variables or headers.
const shownTool = '.graphiql-editor-tool .graphiql-editor:not(.hidden)';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('the nested query answers with the header of the header editor, which a reload keeps', async (t) => {
  const { page, foreign, faults } = await open(t, 'zh-CN');

  await page.locator('[data-example="org"]').click();
  await write(page, 'Variables', JSON.stringify({ id: org }, null, 2));
  await write(page, 'Headers', JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2));

  const { sent, answer } = await run(page, 'Org');
  assert.equal(sent.headers().authorization, `Bearer ${token}`);
  assert.deepEqual(answer.errors, undefined);
  assert.ok(answer.data.org.name, 'the org has a name');
  const roles = answer.data.org.roles;
  assert.ok(roles.nodes.length > 0 && roles.totalCount >= roles.nodes.length, 'the org has roles');
  assert.ok(
    roles.nodes.some((role) => role.subAccounts.nodes.some((one) => one.roles.length > 0)),
    'a role has sub-accounts, which have roles',
  );
  await page.locator('.result-window', { hasText: 'totalCount' }).waitFor();
  await picture(t, page, 'nested-query');

  // GraphiQL stores what was typed half a second after the last key: wait for the storage, not for the time.
  await page.waitForFunction((wanted) => sessionStorage.getItem('graphiql:tabState').includes(wanted), token);
  await page.reload();
  await ready(page);
  assert.deepEqual(await tabs(page), ['SendCode', 'Org']);
  await tool(page, 'Headers');
  await page.locator(shownTool, { hasText: 'Authorization' }).waitFor();
  await picture(t, page, 'after-reload');
  await page.locator('[data-example="viewer"]').click();
  const { sent: sentAgain, answer: viewer } = await run(page, 'Viewer');
  assert.equal(sentAgain.headers().authorization, `Bearer ${token}`);
  assert.ok(viewer.data.viewer.account.id, 'the viewer is signed in after the reload');
  // Whoever comes to this browser next finds nothing of it, and the history of the tab holds no variables and headers.
  const kept = await page.evaluate(() => ({ lasting: JSON.stringify({ ...localStorage }), history: sessionStorage.getItem('graphiql:queries') ?? '' }));
  assert.ok(!kept.lasting.includes(token) && !kept.lasting.includes(org) && !kept.lasting.includes('query'), kept.lasting);
  assert.match(kept.history, /query Org/);
  assert.ok(!kept.history.includes(token) && !kept.history.includes(org), kept.history);

  assert.deepEqual(foreign, []);
  assert.deepEqual(faults, []);
});

test('a subscription shows what happens, as it happens', async (t) => {
  const { page, foreign, faults } = await open(t, 'en-GB');
  await page.locator('[data-example="watchAuditEvents"]').click();
  await write(page, 'Variables', JSON.stringify({ orgId: org }, null, 2));
  await write(page, 'Headers', JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2));
  const asked = page.waitForResponse((response) => response.headers()['content-type']?.startsWith('text/event-stream'));
  await page.locator('.graphiql-execute-button').click();
  assert.equal((await asked).status(), 200);
  const made = await fetch(new URL('/graphql', origin), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({
      query: 'mutation ($in: CreateRoleInput!) { createRole(input: $in) { role { id } userErrors { message } } }',
      variables: { in: { orgId: org, name: `Watched ${Date.now() % 1e6}`, grants: [{ module: 'ORDERS', actions: ['VIEW'] }] } },
    }),
  });
  assert.ok((await made.json()).data.createRole.role.id);
  await page.locator('.result-window', { hasText: 'createRole' }).waitFor();
  await stop(page);
  await picture(t, page, 'subscription');
  assert.deepEqual(foreign, []);
  assert.deepEqual(faults, []);
});

test('somebody new signs in by the examples', { skip: !log && 'PLAYGROUND_LOG is not set' }, async (t) => {
  const { page, foreign, faults } = await open(t, 'en-GB');

  const phone = `139${String(Date.now()).slice(-8)}`;
  await write(page, 'Variables', JSON.stringify({ input: { to: { phone }, purpose: 'SIGN_IN' } }, null, 2));
  const { answer: sent } = await run(page, 'SendCode');
  const { flow } = sent.data.sendCode;

  await page.locator('[data-example="signIn"]').click();
  await page.locator(shownTool, { hasText: flow }).waitFor();
  await write(page, 'Variables', JSON.stringify({ input: { code: { flow, code: await codeOf(flow) } } }, null, 2));
  const { answer } = await run(page, 'SignIn');
  const issued = answer.data.signIn.token;
  assert.ok(issued, 'signing in answers a token');

  await page.locator('.examples-token').waitFor();
  await picture(t, page, 'token-received');
  await page.locator('.examples-token').click();
  await page.locator('.examples-token').waitFor({ state: 'detached' });
  await tool(page, 'Headers');
  await page.locator(shownTool, { hasText: issued }).waitFor();
  await page.locator('[data-example="viewer"]').click();
  const { answer: viewer } = await run(page, 'Viewer');
  assert.ok(viewer.data.viewer.account.id);
  assert.deepEqual(await tabs(page), ['SendCode', 'SignIn', 'Viewer']);
  await page.getByRole('tablist').getByRole('tab').first().click();
  await page.locator(shownTool, { hasText: issued }).waitFor();
  await picture(t, page, 'signed-in');

  assert.deepEqual(foreign, []);
  assert.deepEqual(faults, []);
});

test('the editor completes from the schema, its workers and texts being files of the server', async (t) => {
  const { page, foreign, faults } = await open(t, 'en-US');
  await page.getByRole('heading', { name: 'Examples' }).waitFor();
  await page.locator('[data-example="modules"]').click();
  // What is completed is what the viewer may use, as read when the page was loaded.
  await write(page, 'Headers', JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2));
  await page.waitForFunction((wanted) => sessionStorage.getItem('graphiql:tabState').includes(wanted), token);
  await page.reload();
  await ready(page);
  await focus(page, '.graphiql-query-editor');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('mutation { sendB');
  await page.keyboard.press('Control+Space');
  await page.locator('.suggest-widget.visible', { hasText: 'sendBindCode' }).waitFor();
  const workers = page.workers().map((worker) => new URL(worker.url()).pathname);
  assert.ok(
    workers.some((path) => path.startsWith('/playground/assets/graphql.worker-')),
    `a worker checks GraphQL: ${workers}`,
  );
  await picture(t, page, 'completion');
  assert.deepEqual(foreign, []);
  assert.deepEqual(faults, []);
});

test('a telephone shows the panes one below the other, and the button to run', async (t) => {
  const { page, foreign, faults } = await open(t, 'en-GB', { width: 390, height: 844 });
  await picture(t, page, 'telephone-start');
  await page.getByRole('button', { name: 'Show Examples' }).click();
  await picture(t, page, 'telephone-examples');
  await page.locator('[data-example="org"]').click();
  await write(page, 'Headers', JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2));
  await tool(page, 'Variables');
  await page.locator(shownTool, { hasText: org }).waitFor();
  const { answer } = await run(page, 'Org');
  assert.equal(answer.errors, undefined);
  await page.locator('.result-window', { hasText: 'totalCount' }).waitFor();
  await picture(t, page, 'telephone-answer');
  const box = (selector) => page.locator(selector).boundingBox();
  const [editors, response, button] = [await box('.graphiql-editors'), await box('.graphiql-response'), await box('.graphiql-execute-button')];
  assert.ok(response.y >= editors.y + editors.height - 1, 'the answer stands below the editors');
  assert.ok(response.y + response.height <= 844 && response.height > 200 && response.width > 350 && editors.width > 350, JSON.stringify({ editors, response }));
  assert.ok(button.x >= 0 && button.x + button.width <= 390 && button.y + button.height < editors.y + editors.height, JSON.stringify(button));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  assert.deepEqual(foreign, []);
  assert.deepEqual(faults, []);
});

test('the explorer takes a field out of the operation, and puts it in again', async (t) => {
  const { page, foreign, faults } = await open(t, 'en-GB');
  await page.locator('[data-example="modules"]').click();
  await page.getByRole('button', { name: 'GraphiQL Explorer' }).click();
  for (const there of [false, true]) {
    await page.locator('.graphiql-explorer-root').getByText('scopes', { exact: true }).first().click();
    await page.locator('.graphiql-query-editor .view-lines', { [there ? 'hasText' : 'hasNotText']: 'scopes' }).waitFor();
    const { answer } = await run(page, 'Modules');
    assert.equal('scopes' in answer.data.modules[0], there, JSON.stringify(answer));
  }
  await picture(t, page, 'explorer');
  assert.deepEqual(foreign, []);
  assert.deepEqual(faults, []);
});

// What an example answers that can't be done as it stands: nobody has that password, the owner of an org opens no other one, and leaves none.
const refusedAsTheyStand = {
  signInWithPassword: ['SIGN_IN_FAILED'],
  setPassword: ['INVALID'],
  createOrg: ['ACCOUNT_OWNS_ORG'],
  releaseSeat: ['NOT_FOUND'],
};
const operations = JSON.parse(readFileSync(new URL('operations/index.json', import.meta.url))).flatMap((group) => group.operations);
// Whoever signs out goes last, and so does this test: its token is of no use afterwards.
const walked = operations.map(({ file }) => file).sort((a, b) => (a === 'signOut') - (b === 'signOut'));
const subscriptions = ['watchAuditEvents', 'creatorsChanged', 'tasksChanged', 'ordersChanged', 'subAccountsChanged', 'viewerChanged'];

test('every example answers as it stands', { skip: !log && 'PLAYGROUND_LOG is not set' }, async (t) => {
  const { page, foreign, faults } = await open(t, 'zh-CN');
  // Before anybody is signed in, the whole schema is there: an example has no mark below it, and its ids are still to be had.
  await example(page, 'org');
  await page.locator(shownTool, { hasText: 'org_…' }).waitFor();
  await noMarks(page, 'org');
  const schema = page.waitForResponse((r) => operationOf(r) === 'IntrospectionQuery');
  const ids = page.waitForResponse((r) => operationOf(r) === 'Ids');
  await write(page, 'Headers', JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2));
  assert.ok((await (await schema).json()).data.__schema, 'the schema of the viewer is read');
  assert.equal((await (await ids).json()).errors, undefined);
  await tool(page, 'Variables');
  await page.locator(shownTool, { hasText: org }).waitFor();
  const introspected = buildClientSchema((await (await schema).json()).data);
  assert.deepEqual(await page.locator('.examples-beyond').evaluateAll((all) => all.map((one) => one.closest('[data-example]').dataset.example)), []);

  // That a mark would be seen: one field too many has one.
  await focus(page, '.graphiql-query-editor');
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.insertText('\nquery Wrong { nothingOfTheKind }');
  await page.locator('.graphiql-query-editor .squiggly-error').first().waitFor();

  for (const file of walked) {
    const query = readFileSync(new URL(`operations/${file}.graphql`, import.meta.url), 'utf8');
    assert.deepEqual(validate(introspected, parse(query)).map(String), [], file);
    await example(page, file);
    const { operation, name } = parse(query).definitions[0];
    if (operation === 'subscription') {
      const asked = page.waitForResponse((r) => r.headers()['content-type']?.startsWith('text/event-stream'));
      await page.locator('.graphiql-execute-button').click();
      assert.equal((await asked).status(), 200, file);
      await stop(page);
      await noMarks(page, file);
      continue;
    }
    if (file === 'signIn' || file === 'createSubAccount') {
      const variables = JSON.parse(await textOf(page, shownTool));
      variables.input.code.code = await codeOf(variables.input.code.flow);
      await write(page, 'Variables', JSON.stringify(variables, null, 2));
    }
    // What a mutation changed is read again before the next example is filled in; signed out, there is nothing to read.
    const changes = operation === 'mutation' && file !== 'signOut';
    const read = changes ? page.waitForResponse((r) => operationOf(r) === 'Ids') : undefined;
    const { sent, answer } = await run(page, name.value);
    await read;
    assert.equal(answer.errors, undefined, `${file}: ${JSON.stringify(answer.errors)} of ${sent.postData()}`);
    const refused = Object.values(answer.data).flatMap((payload) => payload?.userErrors ?? []).map(({ code }) => code);
    assert.deepEqual(refused, refusedAsTheyStand[file] ?? [], `${file}: ${JSON.stringify(answer.data)} of ${sent.postData()}`);
    await page.locator('.result-window', { hasText: Object.keys(answer.data)[0] }).waitFor();
    await noMarks(page, file);
    if (file === 'createApiToken') { // with the token that it shows, the example of apps has data
      const response = await fetch(new URL('/graphql', url), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${answer.data.createApiToken.secret}` },
        body: JSON.stringify({ query: readFileSync(new URL(`operations/app.graphql`, import.meta.url), 'utf8') }),
      });
      const { data, errors } = await response.json();
      assert.equal(errors, undefined);
      assert.equal(data.app.token.id, answer.data.createApiToken.token.id);
    }
  }
  assert.deepEqual(foreign, []);
  assert.deepEqual(faults, []);
});

// open shows the page to somebody new, and notes requests to other hosts and what the browser complains of.
async function open(t, locale, viewport = { width: 1440, height: 900 }) {
  const context = await browser.newContext({ locale, viewport });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  t.after(async () => {
    await picture(t, page, `end-${locale}`);
    await context.close();
  });
  page.setDefaultTimeout(120_000);
  const foreign = [];
  const faults = [];
  context.on('request', (request) => {
    const { protocol } = new URL(request.url());
    if (protocol !== 'data:' && new URL(request.url()).origin !== origin) foreign.push(request.url());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(url);
  await ready(page);
  return { page, foreign, faults };
}

// ready waits until the editors are there and the schema has been read.
async function ready(page) {
  await page.locator('.graphiql-query-editor .monaco-editor').first().waitFor();
  await page.locator('.graphiql-sidebar button:not([disabled])').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('.graphiql-sidebar .graphiql-spin'));
}

const operationOf = (response) => response.request().method() === 'POST' && response.request().postDataJSON().operationName;

async function run(page, operationName) {
  const [response] = await Promise.all([
    page.waitForResponse((r) => operationOf(r) === operationName),
    page.locator('.graphiql-execute-button').click(),
  ]);
  return { sent: response.request(), answer: await response.json() };
}

// stop ends the subscription that runs, and with it its connection.
async function stop(page) {
  await Promise.all([page.waitForEvent('requestfailed'), page.locator('.graphiql-execute-button').click()]);
}

function tabs(page) {
  return page.getByRole('tablist').getByRole('tab').allInnerTexts();
}

async function tool(page, name) {
  await page.locator('.graphiql-editor-tools').getByRole('button', { name, exact: true }).click();
}

// write replaces what stands in one of the editors below the query. It pastes, as people do with tokens: to what is typed
// an editor adds closing brackets of its own.
async function write(page, name, content) {
  await tool(page, name);
  await focus(page, shownTool);
  await page.keyboard.press('ControlOrMeta+A');
  await page.evaluate((text) => navigator.clipboard.writeText(text), content);
  await page.keyboard.press('ControlOrMeta+V');
}

// example opens one, and waits until it stands in the editor.
async function example(page, file) {
  await page.locator(`[data-example="${file}"]`).click();
  const { name } = parse(readFileSync(new URL(`operations/${file}.graphql`, import.meta.url), 'utf8')).definitions[0];
  await page.locator('.graphiql-query-editor .view-lines', { hasText: name.value }).waitFor();
}

// noMarks holds that nothing of what stands in the editors is underlined. Marks come a while after the text: the worker is asked what it would
// underline, once it knows which variables the operation has.
async function noMarks(page, file) {
  const { variableDefinitions } = parse(readFileSync(new URL(`operations/${file}.graphql`, import.meta.url), 'utf8')).definitions[0];
  if (variableDefinitions.length === 0) return;
  const expected = Object.fromEntries(variableDefinitions.map(({ variable, type }) => [variable.name.value, (type.type ?? type).name?.value]));
  await page.waitForFunction((wanted) => {
    const { schemas } = globalThis.monaco.languages.json.jsonDefaults.diagnosticsOptions;
    const has = schemas?.[0]?.schema.properties ?? {};
    const names = Object.keys(wanted);
    const known = (name) => has[name] && (!wanted[name]?.endsWith('Input') || JSON.stringify(has[name]).includes(`/${wanted[name]}"`));
    return names.length === Object.keys(has).length && names.every(known);
  }, expected);
  const marks = await page.evaluate(async () => {
    const { editor, languages } = globalThis.monaco;
    const { uri } = editor.getModels().find((model) => model.uri.path.endsWith('variables.json'));
    const { jsonDefaults, getWorker } = languages.json;
    // Other schemas end the worker, and what it was asked is never answered: the next one is asked again.
    for (;;) {
      let changed;
      const ended = new Promise((resolve) => (changed = jsonDefaults.onDidChange(() => resolve())));
      const found = await Promise.race([ended, getWorker().then((of) => of(uri)).then((worker) => worker.doValidation(uri.toString()))]);
      changed.dispose();
      if (found) return found;
    }
  });
  assert.deepEqual(marks.map(({ message }) => message), [], `${file}: something is underlined`);
  await page.waitForFunction(() => !document.querySelector('.graphiql-editors :is(.squiggly-error, .squiggly-warning)'));
}

// textOf returns what stands in an editor, by way of the clipboard: it draws no more lines than it shows.
async function textOf(page, editor) {
  await focus(page, editor);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('ControlOrMeta+C');
  return page.evaluate(() => navigator.clipboard.readText());
}

async function focus(page, editor) {
  await page.locator(`${editor} .view-lines`).click();
}

// codeOf reads the code that the log sender wrote for the flow.
async function codeOf(flow) {
  for (const end = Date.now() + 120_000; Date.now() < end; await setTimeout(50)) {
    const line = readFileSync(log, 'utf8').split('\n').find((one) => one.includes(flow));
    const code = line?.match(/code"?[=:]"?(\d{6})/)?.[1];
    if (code) return code;
  }
  throw new Error('the log shows no code for the flow');
}

async function picture(t, page, name) {
  const path = join(pictures, `${name}.png`);
  await page.screenshot({ path });
  t.diagnostic(`screenshot: ${path}`);
}

function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}: see the head of this file`);
  return value;
}
