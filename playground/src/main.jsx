import './workers.js';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './playground.css';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { examplesPlugin } from './examples.jsx';
import { Server } from './fetcher.js';
import { narrow } from './narrow.js';
import { find, variablesOf } from './operations.js';
import { storage } from './storage.js';
import { text } from './text.js';
import { Viewer } from './viewer.jsx';

const named = (name) => document.querySelector(`meta[name="${name}"]`).content;
const initial = initialTab();
const server = new Server(named('graphql-endpoint'), named('graphql-schema'), initial.initialHeaders);
const plugins = [examplesPlugin, explorerPlugin({ showAttribution: false }), HISTORY_PLUGIN];

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
    fetcher={server.fetcher}
    plugins={plugins}
    storage={storage}
    visiblePlugin={narrow() ? undefined : examplesPlugin}
    shouldPersistHeaders
    defaultEditorToolsVisibility="variables"
    {...initial}
  >
    <GraphiQL.Logo>
      Deputy
      <Viewer server={server} />
    </GraphiQL.Logo>
  </GraphiQL>,
);
document.documentElement.lang = text.lang;
