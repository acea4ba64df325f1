// Relay's environment: a refused field is null and its siblings are there, so an answer with data is one, whatever
// errors stand beside it.
import { Environment, Network, Observable, RecordSource, Store } from 'relay-runtime';
import { createClient } from 'graphql-ws';

import { send } from './send.js';

export function makeEnvironment(url, headers = {}) {
  const socket = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: headers,
    shouldRetry: (event) => event.code !== 4403, // a session that is over stays over
  });

  async function ask({ text }, variables) {
    const response = await send(url, {
      method: 'POST',
      credentials: 'include',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify({ query: text, variables }),
    });
    return response.json();
  }

  function watch({ text }, variables) {
    return Observable.create((sink) => socket.subscribe({ query: text, variables }, sink));
  }

  return new Environment({
    network: Network.create(ask, watch),
    store: new Store(new RecordSource()),
  });
}
