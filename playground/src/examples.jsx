import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { parse } from 'graphql';

import { groups, variablesOf } from './operations.js';
import { fill, forgetToken, useSeen } from './seen.js';
import { language, text } from './text.js';

// examplesPlugin is a panel of GraphiQL's side bar with an example of every operation.
export const examplesPlugin = { title: text.examples, icon: Icon, content: Examples };

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M9 6h11M9 12h11M9 18h11" strokeLinecap="round" />
      <path d="M4 4.5v3l2-1.5zM4 10.5v3l2-1.5zM4 16.5v3l2-1.5z" fill="currentColor" strokeLinejoin="round" />
    </svg>
  );
}

function Examples() {
  const seen = useSeen();
  const { open, setHeaders } = useTabs();
  return (
    <section className="examples" aria-label={text.examples}>
      <h2>{text.examples}</h2>
      <p>{text.intro}</p>
      {seen.token && (
        <button
          type="button"
          className="examples-token"
          onClick={() => {
            setHeaders((headers) => authorize(headers, seen.token));
            forgetToken();
          }}
        >
          {text.useToken}
        </button>
      )}
      {groups.map((group) => (
        <div key={group.en}>
          <h3>{group[language]}</h3>
          <ul>
            {group.operations.map((operation) => (
              <li key={operation.file}>
                <button type="button" data-example={operation.file} onClick={() => open(operation, seen)}>
                  {operation[language]} <code>{operation.file}</code>
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <button type="button" className="examples-headers" onClick={() => setHeaders((_, current) => current)}>
        {text.sameHeaders}
      </button>
    </section>
  );
}

function useTabs() {
  const { tabs, activeTabIndex, ...editors } = useGraphiQL(
    pick('tabs', 'activeTabIndex', 'queryEditor', 'variableEditor', 'headerEditor', 'responseEditor'),
  );
  const { addTab, moveTab, setOperationFacts, updateActiveTabValues } = useGraphiQLActions();

  function open(operation, seen) {
    const headers = editors.headerEditor?.getValue() ?? '';
    addTab();
    show({ query: operation.query, variables: fill(variablesOf(operation), seen), headers });
    // The editor works these out a tenth of a second later; who runs the example before would send the old name.
    const documentAST = parse(operation.query);
    const operations = documentAST.definitions;
    setOperationFacts({ documentAST, operations, operationName: operations[0].name.value });
  }

  // setHeaders gives each tab what change makes of its headers and the current tab's.
  function setHeaders(change) {
    const current = editors.headerEditor?.getValue() ?? '';
    const shown = {
      query: editors.queryEditor?.getValue() ?? '',
      variables: editors.variableEditor?.getValue() ?? '',
      response: editors.responseEditor?.getValue() ?? '',
      headers: change(current, current),
    };
    // moveTab is the one action that replaces tabs. It finds the current tab by identity, and fills the editors from
    // what was last stored of it: that tab goes in as it is, and is shown again afterwards.
    moveTab(tabs.map((tab, i) => (i === activeTabIndex ? tab : { ...tab, headers: change(tab.headers ?? '', current) })));
    show(shown);
  }

  function show(values) {
    editors.queryEditor?.setValue(values.query);
    editors.variableEditor?.setValue(values.variables);
    editors.headerEditor?.setValue(values.headers);
    if (values.response !== undefined) editors.responseEditor?.setValue(values.response);
    updateActiveTabValues(values);
  }

  return { open, setHeaders };
}

function authorize(headers, token) {
  let others = {};
  try {
    others = JSON.parse(headers);
  } catch {
    // Headers that cannot be read could not have been sent.
  }
  return JSON.stringify({ ...others, Authorization: `Bearer ${token}` }, null, 2);
}
