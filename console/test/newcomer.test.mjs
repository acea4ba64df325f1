// The way of a newcomer: from the printed address to a sub-account that works. A person's times are those of the
// keystroke-level model (Card, Moran and Newell), so that the outcome depends on the page and not on the machine.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeOf, complaints, fromDisk, launch, unusedPhone } from './browser.mjs';
import { serve } from './server.mjs';

// Seconds: a key of an average typist, pointing, the button of the mouse, a hand that changes place, and a thought.
const key = 0.28;
const point = 1.1;
const press = 0.1;
const home = 0.4;
const thought = 1.35;

const mostActions = 25;
const mostSeconds = 60;

let browser, server;

before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
});

after(async () => {
  await browser?.close();
  await server?.close();
});

// newcomer returns somebody at a browser of their own, who counts what they do.
async function newcomer(tally) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
  if (process.env.DISK) await fromDisk(context);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const found = complaints(page);
  const at = (hand, seconds) => {
    tally.actions++;
    tally.seconds += seconds + (hand === tally.hand ? 0 : home);
    tally.hand = hand;
  };
  const click = async (locator) => {
    await locator.click();
    at('mouse', thought + point + press);
  };
  // What has the focus is typed into; nobody points at it first.
  const type = async (text) => {
    await page.keyboard.type(text);
    at('keyboard', thought + key * [...text].length);
  };
  const strike = async (name) => {
    await page.keyboard.press(name);
    at('keyboard', key);
  };
  const hasFocus = (label) =>
    page.waitForFunction((wanted) => document.activeElement?.labels?.[0]?.textContent?.startsWith(wanted), label);
  const flowOf = async (act) => {
    const sent = page.waitForResponse((response) => /"purpose"|"to":/.test(response.request().postData() ?? ''));
    await act();
    const { data } = await (await sent).json();
    return (data.sendCode ?? data.sendBindCode).flow;
  };
  const signIn = async (phone) => {
    await page.goto(`${server.base}/console`);
    at('keyboard', thought + key * 20); // the address is short, and it was printed
    await hasFocus('手机号');
    await type(phone);
    const flow = await flowOf(() => strike('Enter'));
    await hasFocus('验证码');
    await type(await codeOf(server.log, flow));
  };
  return { page, context, found, click, type, strike, hasFocus, flowOf, signIn };
}

test('a sub-account works within a minute and 25 actions of the printed address', async () => {
  const tally = { actions: 0, seconds: 0, hand: 'keyboard' };
  const owner = await newcomer(tally);
  const { page } = owner;
  await owner.signIn(unusedPhone());
  await owner.click(page.getByRole('link', { name: '开通机构' }));
  await owner.hasFocus('机构名称');
  await owner.type('云帆');
  await owner.strike('Enter');
  await owner.click(page.getByRole('link', { name: '新建帐号' }));
  await owner.hasFocus('名称');
  await owner.type('小林');
  await owner.strike('Tab');
  const phone = unusedPhone();
  await owner.type(phone);
  const flow = await owner.flowOf(() => owner.click(page.getByRole('button', { name: '获取验证码' })));
  await owner.hasFocus('验证码');
  await owner.type(await codeOf(server.log, flow));
  await owner.click(page.locator('.role-choices .checkbox').filter({ hasText: '客服' }));
  await owner.click(page.getByRole('button', { name: '新建', exact: true }));
  await page.locator('tbody tr[data-marked]').waitFor();

  const seat = await newcomer(tally);
  await seat.signIn(phone);
  await seat.page.locator('nav.side .side-link').first().waitFor();
  // They see what was ticked, and nothing else.
  assert.deepEqual(await seat.page.locator('nav.side .side-link').allInnerTexts(), ['订单管理']);
  assert.deepEqual([...owner.found, ...seat.found], []);
  assert.ok(tally.actions <= mostActions, `${tally.actions} actions`);
  assert.ok(tally.seconds <= mostSeconds, `${tally.seconds} seconds`);
  console.log(`${tally.actions} actions, ${tally.seconds.toFixed(1)} s`);
});
