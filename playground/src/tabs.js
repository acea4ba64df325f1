import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { parse } from 'graphql';

// useTabs returns what the page does with GraphiQL's tabs: open an example, and change what stands in all of them.
export function useTabs() {
  const { tabs, activeTabIndex, ...editors } = useGraphiQL(
    pick('tabs', 'activeTabIndex', 'queryEditor', 'variableEditor', 'headerEditor', 'responseEditor'),
  );
  const { addTab, moveTab, setOperationFacts, updateActiveTabValues } = useGraphiQLActions();

  function open(query, variables) {
    const headers = editors.headerEditor?.getValue() ?? '';
    addTab();
    show({ query, variables, headers });
    // The editor works these out a tenth of a second later; who runs the example before would send the old name.
    const documentAST = parse(query);
    const operations = documentAST.definitions;
    setOperationFacts({ documentAST, operations, operationName: operations[0].name.value });
  }

  // change gives each tab the variables and headers that make answers for its own. Tabs stay as they are where nothing changes.
  function change(make) {
    const shown = {
      query: editors.queryEditor?.getValue() ?? '',
      variables: editors.variableEditor?.getValue() ?? '',
      response: editors.responseEditor?.getValue() ?? '',
      headers: editors.headerEditor?.getValue() ?? '',
    };
    const current = shown.headers;
    const made = (tab) => ({ ...tab, ...make({ variables: tab.variables ?? '', headers: tab.headers ?? '' }, current) });
    const changed = made(shown);
    // moveTab is the one action that replaces tabs. It finds the current tab by identity, and fills the editors from
    // what was last stored of it: that tab goes in as it is, and is shown again afterwards.
    moveTab(tabs.map((tab, i) => (i === activeTabIndex ? tab : made(tab))));
    show(changed);
  }

  function show(values) {
    const put = (editor, value) => editor && editor.getValue() !== value && editor.setValue(value);
    put(editors.queryEditor, values.query);
    put(editors.variableEditor, values.variables);
    put(editors.headerEditor, values.headers);
    if (values.response !== undefined) put(editors.responseEditor, values.response);
    updateActiveTabValues(values);
  }

  const has = (text) => (editors.variableEditor?.getValue() ?? '').includes(text) || tabs.some((tab) => tab.variables?.includes(text));
  return { open, change, has, headerEditor: editors.headerEditor };
}
