// Every route in the states that any screen can be in: first load, error, rows, offline, session over. Each is looked at
// in both languages, both themes and all widths.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crawlRoutes } from './crawl.mjs';

test('every route, in the states that any screen can be in', async () => assert.deepEqual(await crawlRoutes(), []));
