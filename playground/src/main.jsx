import './workers.js';
import 'graphiql/style.css';
import './playground.css';

import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { makeFetcher } from './fetcher.js';
import { examplesPlugin } from './examples.jsx';
import { find, variablesOf } from './operations.js';
import { storage } from './storage.js';
import { text } from './text.js';

const endpoint = document.querySelector('meta[name="graphql-endpoint"]')?.content || '/graphql';
const initial = initialTab();
const fetcher = makeFetcher(endpoint, initial.initialHeaders);
const plugins = [examplesPlugin, HISTORY_PLUGIN];

// What the editors show first: the tab that was open when the page was left, or the first step of signing in.
// GraphiQL keeps what stands in the editors apart from the tabs, and would take a difference for one more tab.
function initialTab() {
  const start = find('sendCode');
  const welcome = { query: `${text.welcome}\n${start.query}`, variables: variablesOf(start), headers: '' };
  const tab = lastTab() ?? welcome;
  return {
    initialQuery: tab.query ?? '',
    initialVariables: tab.variables ?? '',
    initialHeaders: tab.headers ?? '',
    defaultTabs: [welcome],
  };
}

function lastTab() {
  try {
    const { tabs, activeTabIndex } = JSON.parse(storage.getItem('graphiql:tabState'));
    return tabs[activeTabIndex];
  } catch {
    return undefined; // nothing is stored, or nothing that can be read: GraphiQL starts afresh too
  }
}

createRoot(document.getElementById('playground')).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={plugins}
    storage={storage}
    visiblePlugin={examplesPlugin}
    shouldPersistHeaders
    defaultEditorToolsVisibility="variables"
    {...initial}
  >
    <GraphiQL.Logo>Deputy</GraphiQL.Logo>
  </GraphiQL>,
);
document.documentElement.lang = text.lang;
