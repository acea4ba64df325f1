// A list and a form in the states that any screen can be in: first load, error, rows, offline, session over. Each is
// looked at in both languages and all widths. make soak-console takes every route.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crawlRoutes } from './crawl.mjs';

test('a list and a form, in the states that any screen can be in', async () =>
  assert.deepEqual(await crawlRoutes(undefined, ['accounts', 'role-edit']), []));
