import { getOperationAST } from 'graphql';
import { createClient } from 'graphql-sse';

import { remember } from './seen.js';

// makeFetcher answers what GraphiQL calls to run an operation. Only the address it was given is ever asked. A subscription answers
// its events one by one, until it is stopped. The schema is read before the header editor is there: with the headers that it starts with.
export function makeFetcher(endpoint, initialHeaders) {
  return async function fetcher(params, options = {}) {
    const operation = options.documentAST && getOperationAST(options.documentAST, params.operationName);
    if (operation?.operation === 'subscription') return events(endpoint, params, options.headers);
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/graphql-response+json, application/json',
        ...(params.operationName === 'IntrospectionQuery' && !options.headers ? readable(initialHeaders) : options.headers),
      },
      body: JSON.stringify(params),
    });
    const result = await read(response);
    if (params.operationName !== 'IntrospectionQuery') remember(result.data);
    return result;
  };
}

function readable(headers) {
  try {
    return JSON.parse(headers);
  } catch {
    return {}; // none, or what could not have been sent
  }
}

async function* events(endpoint, params, headers) {
  const client = createClient({ url: endpoint, headers, retryAttempts: 0 });
  try {
    yield* client.iterate(params);
  } catch (error) {
    if (!error.response) throw error;
    yield read(error.response); // what was refused is told as JSON
  } finally {
    client.dispose();
  }
}

async function read(response) {
  const body = await response.text();
  try {
    return JSON.parse(body);
  } catch {
    throw new Error(`HTTP ${response.status} ${response.statusText}`.trim());
  }
}
