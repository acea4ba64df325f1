import { remember } from './seen.js';

// makeFetcher answers what GraphiQL calls to run an operation. Only the address it was given is ever asked.
export function makeFetcher(endpoint) {
  return async function fetcher(params, options = {}) {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/graphql-response+json, application/json',
        ...options.headers,
      },
      body: JSON.stringify(params),
    });
    const body = await response.text();
    let result;
    try {
      result = JSON.parse(body);
    } catch {
      throw new Error(`HTTP ${response.status} ${response.statusText}`.trim());
    }
    if (params.operationName !== 'IntrospectionQuery') remember(result.data);
    return result;
  };
}
