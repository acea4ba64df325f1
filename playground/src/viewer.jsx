import { useGraphiQLActions } from '@graphiql/react';
import { useEffect, useEffectEvent } from 'react';

import { authorization, readable } from './fetcher.js';
import { fill, forgetIds, useKnown } from './known.js';
import { useTabs } from './tabs.js';

// pause is how long the header editor is left alone before it is read, in milliseconds: nobody is asked about half a token.
const pause = 400;

// Viewer follows who asks. Another token in the header editor has the schema read again, which is that of the viewer, and the ids for the
// examples; those that have come are filled in where a tab has a placeholder. It shows nothing.
export function Viewer({ server }) {
  const { introspect } = useGraphiQLActions();
  const { change, has, headerEditor } = useTabs();
  const known = useKnown();

  const readAgain = useEffectEvent((headers) => {
    forgetIds();
    void introspect();
    void server.readIds(headers);
  });
  const fillIn = useEffectEvent(() => {
    if (has('_…')) change(({ variables }) => ({ variables: fill(variables, known) }));
  });

  useEffect(() => {
    if (!headerEditor) return undefined;
    let who = authorization(readable(headerEditor.getValue()));
    if (who) void server.readIds(readable(headerEditor.getValue()));
    let timer;
    const typing = headerEditor.onDidChangeModelContent(() => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const headers = readable(headerEditor.getValue());
        if (authorization(headers) === who) return;
        who = authorization(headers);
        readAgain(headers);
      }, pause);
    });
    return () => {
      clearTimeout(timer);
      typing.dispose();
    };
  }, [headerEditor, server]);
  useEffect(() => fillIn(), [known]);
  return null;
}
