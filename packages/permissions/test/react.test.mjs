// Components render again when their own result changes, and not before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccess } from 'deputy-permissions';
import { AccessProvider, Can, useCan, useStale, useViewer } from 'deputy-permissions/react';
import { createElement as h, memo } from 'react';
import { act, create } from 'react-test-renderer';

globalThis.IS_REACT_ACT_ENVIRONMENT = true;

test('a change reaches those whom it concerns', () => {
  let sink;
  const access = createAccess({
    source: (to) => {
      sink = to;
      return () => {};
    },
  });
  const rendered = {};
  const count = (name) => (rendered[name] = (rendered[name] ?? 0) + 1);
  const taken = () => {
    const counts = { ...rendered };
    for (const name of Object.keys(rendered)) delete rendered[name];
    return counts;
  };
  const Field = memo(() => {
    count('field');
    return String(useCan('Order.amount'));
  });
  const Action = memo(() => {
    count('action');
    return String(useCan('ORDERS', 'EXPORT'));
  });
  const Stale = memo(() => {
    count('stale');
    return String(useStale());
  });
  const Seats = memo(() => {
    count('seats');
    return String(useViewer()?.seats.length);
  });
  const page = (org) =>
    h(AccessProvider, { access, org },
      h(Field), ' ', h(Action), ' ', h(Stale), ' ', h(Seats), ' ',
      h(Can, { do: 'Mutation.createTask', otherwise: 'ask' }, 'create'), ' ',
      h(Can, { module: 'TASKS', action: 'EXPORT' }, 'export'));
  let root;
  act(() => {
    root = create(page('org_1'));
  });
  const text = () => root.toJSON().join('').trimEnd();
  const grants = (...viewerGrants) => ({ seats: [{ org: { id: 'org_1', viewerGrants } }, { org: { id: 'org_2', viewerGrants: [] } }] });
  const orders = (scope, ...actions) => ({ module: 'ORDERS', actions: ['VIEW', ...actions], scope });
  const tasks = { module: 'TASKS', actions: ['VIEW', 'EDIT', 'EXPORT'], scope: 'OWN' };
  const step = (change, want, counts) => {
    act(change);
    assert.equal(text(), want);
    assert.deepEqual(taken(), counts, want);
  };
  assert.equal(text(), 'false false true undefined ask');
  taken();
  step(() => sink.next(grants(orders('OWN'))), 'OWN false false 2 ask', { field: 1, stale: 1, seats: 1 });
  step(() => sink.next(grants(orders('OWN'))), 'OWN false false 2 ask', { seats: 1 });
  step(() => sink.next(grants(orders('OWN'), tasks)), 'OWN false false 2 create export', { seats: 1 });
  step(() => sink.next(grants(orders('ALL', 'EXPORT'), tasks)), 'ALL ALL false 2 create export', { field: 1, action: 1, seats: 1 });
  step(() => sink.cut(), 'ALL ALL true 2 create export', { stale: 1 });
  step(() => root.update(page('org_2')), 'false false true 2 ask', { field: 1, action: 1, stale: 1, seats: 1 });
  step(() => sink.next(null), 'false false false undefined ask', { stale: 1, seats: 1 });
  act(() => root.unmount());
});

test('without a provider a component says so', () => {
  assert.throws(() => act(() => void create(h(Can, { do: 'Order.amount' }))), /AccessProvider/);
});
