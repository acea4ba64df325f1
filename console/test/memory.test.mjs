// What an org showed leaves the memory of the page when the org is lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './browser.mjs';
import { fromStart, person, serve } from './server.mjs';

let browser, server;

before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
});

after(async () => {
  await browser?.close();
  await server?.close();
});

// holds reports whether a text is anywhere in the memory of a page.
async function holds(page, text) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  const parts = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => parts.push(chunk));
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await session.detach();
  const { strings } = JSON.parse(parts.join(''));
  return strings.some((one) => one.includes(text));
}

test('what an org showed leaves memory with the seat', async () => {
  const owner = await person(server, browser, '13800000001');
  const org = owner.viewer.ownedOrg.id;
  const secret = '绝密岗位甲乙丙';
  const grants = [{ module: 'AUDIT_LOG', actions: ['VIEW'], scope: 'ALL' }];
  const { createRole } = await owner.api('roleEditorCreateMutation', { input: { orgId: org, name: secret, grants } });
  const [seat] = (await owner.api('subAccountListQuery', { org, ...fromStart({ filter: { search: '13800000011' } }) }))
    .org.subAccounts.nodes;
  await owner.api('subAccountEditorMutation', {
    input: {
      orgId: org,
      id: seat.id,
      name: seat.name,
      roleIds: [...seat.roles.map(({ id }) => id), createRole.role.id],
    },
  });
  const somebody = await person(server, browser, '13800000011');
  const { page, context } = await somebody.open(`/console/o/${org}/audit?operation=createRole`);
  await page.locator('tbody tr').first().waitFor();
  assert.equal(await holds(page, secret), true);
  await owner.api('subAccountBatchDeleteMutation', { input: { orgId: org, ids: [seat.id] } });
  await page.getByRole('heading', { name: '页面不存在' }).waitFor();
  await page.locator('.toast').waitFor({ state: 'detached' });
  for (let i = 0; i < 20 && (await holds(page, secret)); i++) await page.getByRole('heading', { level: 2 }).waitFor();
  assert.equal(await holds(page, secret), false);
  await context.close();
});
