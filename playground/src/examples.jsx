import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useMemo } from 'react';

import { readable } from './fetcher.js';
import { fill, forgetToken, useKnown } from './known.js';
import { narrow } from './narrow.js';
import { groups, outOfReach, variablesOf } from './operations.js';
import { useTabs } from './tabs.js';
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
  const known = useKnown();
  const { open, change } = useTabs();
  const { setVisiblePlugin } = useGraphiQLActions();
  const schema = useGraphiQL((state) => state.schema);
  const beyond = useMemo(() => outOfReach(schema), [schema]);
  function show(operation) {
    open(operation.query, fill(variablesOf(operation), known));
    if (narrow()) setVisiblePlugin(null);
  }
  return (
    <section className="examples" aria-label={text.examples}>
      <h2>{text.examples}</h2>
      <p>{text.intro}</p>
      {known.token && (
        <button
          type="button"
          className="examples-token"
          onClick={() => {
            change(({ headers }) => ({ headers: authorize(headers, known.token) }));
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
                <button
                  type="button"
                  data-example={operation.file}
                  className={beyond.has(operation.file) ? 'examples-beyond' : undefined}
                  title={beyond.has(operation.file) ? text.beyond : undefined}
                  onClick={() => show(operation)}
                >
                  {operation[language]} <code>{operation.file}</code>
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <button type="button" className="examples-headers" onClick={() => change((_, current) => ({ headers: current }))}>
        {text.sameHeaders}
      </button>
    </section>
  );
}

function authorize(headers, token) {
  return JSON.stringify({ ...readable(headers), Authorization: `Bearer ${token}` }, null, 2);
}
