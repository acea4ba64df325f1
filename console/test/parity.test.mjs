// For every set of grants of a module, the page offers what the server allows, and nothing else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, post, unusedPhone, bind } from './browser.mjs';
import { person, serve } from './server.mjs';

let browser, server, owner, org;

before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
  owner = await person(server, browser, '13800000001');
  org = owner.viewer.ownedOrg.id;
});

after(async () => {
  await browser?.close();
  await server?.close();
});

// holder returns somebody whose one role has these grants.
async function holder(name, grants) {
  const { createRole } = await owner.api('roleEditorCreateMutation', { input: { orgId: org, name, grants } });
  const phone = unusedPhone();
  await bind(server, owner.cookie, org, { phone, name, roleIds: [createRole.role.id] });
  return person(server, browser, phone);
}

const allowed = async (somebody, operation, variables) => {
  const { errors = [] } = await post(server.base, operation, variables, somebody.cookie);
  assert.ok(
    errors.every(({ extensions }) => extensions.code === 'FORBIDDEN'),
    JSON.stringify(errors),
  );
  return errors.length === 0;
};

for (const actions of [[], ['VIEW'], ['VIEW', 'EXPORT']]) {
  test(`操作日志 with ${actions.join(' and ') || 'nothing'}`, async () => {
    const log = actions.length > 0 ? [{ module: 'AUDIT_LOG', actions, scope: 'ALL' }] : [];
    const tasks = { module: 'TASKS', actions: ['VIEW'], scope: 'ALL' };
    const somebody = await holder(`日志${actions.length}`, [tasks, ...log]);
    const views = await allowed(somebody, 'auditListQuery', { org, first: 20, offset: 0, filter: {} });
    const exports = await allowed(somebody, 'auditExportMutation', { input: { orgId: org, format: 'CSV' } });
    const manages = await allowed(somebody, 'subAccountNewQuery', { org });
    assert.deepEqual([views, exports, manages], [actions.includes('VIEW'), actions.includes('EXPORT'), false]);

    const { page, context, found } = await somebody.open(`/console/o/${org}/audit`);
    await page
      .locator(views ? 'tbody tr' : '.state')
      .first()
      .waitFor();
    const offers = (role, name) => page.getByRole(role, { name, exact: true }).count();
    assert.equal((await offers('link', '操作日志')) > 0, views, 'the entry');
    assert.equal((await offers('heading', '无权查看')) > 0, !views, 'the screen');
    assert.equal((await offers('button', '导出')) > 0, exports, 'the export');
    assert.equal((await offers('link', '设置')) > 0, manages, 'the settings');
    // The navigation is one to one with what the server names.
    const { viewer } = await somebody.api('accessQuery');
    const seat = viewer.seats.find(({ orgId }) => orgId === org);
    assert.deepEqual(
      await page.locator('nav.side .side-link').allInnerTexts(),
      seat.org.navigation.map(({ name }) => name),
    );
    if (views) {
      await page.locator('tbody tr').first().getByRole('link').first().click();
      await page.locator('.facts').first().waitFor();
      assert.equal((await offers('link', '打开')) > 0, manages, 'the way to what an event is about');
    }
    for (const path of ['roles', 'accounts', 'access', 'org']) {
      await page.goto(`${server.base}/console/o/${org}/settings/${path}`);
      await page.getByRole('heading', { name: '无权查看' }).waitFor();
    }
    assert.deepEqual(found, []);
    await context.close();
  });
}
