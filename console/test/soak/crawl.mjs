// The full product of the crawl: axe sees every state of every screen in both languages, both themes and all widths.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crawlRoutes, crawlScreens } from '../crawl.mjs';
import { ways } from '../look.mjs';

const all = () => ways.slice(1);

test('every screen, in the states of its own', async () => assert.deepEqual(await crawlScreens(all), []));

test('every route, in the states that any screen can be in', async () => assert.deepEqual(await crawlRoutes(all), []));
