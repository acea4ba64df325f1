import { buildSchema, getOperationAST, introspectionFromSchema } from 'graphql';
import { createClient } from 'graphql-sse';

import { idsQuery, idsVariables, remember, rememberIds } from './known.js';

// Server is the one that the page is of. Only the addresses it was given are ever asked.
export class Server {
  #endpoint;
  #wholeSchema;
  #firstHeaders;
  #asked = 0;

  // The schema is read before the header editor is there: with the headers that it starts with.
  constructor(endpoint, wholeSchema, firstHeaders) {
    this.#endpoint = endpoint;
    this.#wholeSchema = wholeSchema;
    this.#firstHeaders = firstHeaders;
  }

  // fetcher is what GraphiQL calls to run an operation. A subscription answers its events one by one, until it is stopped. Who is signed in
  // sees the schema that they may use, and everybody else the whole one. After a mutation, the ids for the examples are read again.
  fetcher = async (params, options = {}) => {
    if (params.operationName === 'IntrospectionQuery') {
      const headers = options.headers ?? readable(this.#firstHeaders);
      return authorization(headers) ? this.#post(params, headers) : this.#readWholeSchema();
    }
    const operation = options.documentAST && getOperationAST(options.documentAST, params.operationName);
    if (operation?.operation === 'subscription') return this.#events(params, options.headers);
    const result = await this.#post(params, options.headers);
    remember(result.data);
    if (operation?.operation === 'mutation' && result.data) void this.readIds(options.headers);
    return result;
  };

  // readIds asks for what the examples' variables need. What is refused is left out, and an answer that was overtaken too.
  async readIds(headers) {
    if (!authorization(headers)) return;
    const turn = ++this.#asked;
    try {
      const { data } = await this.#post({ operationName: 'Ids', query: idsQuery, variables: idsVariables() }, headers);
      if (turn === this.#asked) rememberIds(data);
    } catch {
      // The placeholders stay, as without it.
    }
  }

  async #post(params, headers) {
    const response = await fetch(this.#endpoint, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json, application/json', ...headers },
      body: JSON.stringify(params),
    });
    return read(response);
  }

  async #readWholeSchema() {
    const response = await fetch(this.#wholeSchema);
    const schema = buildSchema(await response.text());
    return { data: introspectionFromSchema(schema, { inputValueDeprecation: true, oneOf: true }) };
  }

  // events returns the events of a subscription. A generator that waits for an event returns once that has come: what stops the subscription ends
  // its connection first, of which a browser has six.
  #events(params, headers) {
    const client = createClient({ url: this.#endpoint, headers, retryAttempts: 0 });
    const events = (async function* () {
      try {
        yield* client.iterate(params);
      } catch (error) {
        if (!error.response) throw error;
        yield read(error.response); // what was refused is told as JSON
      } finally {
        client.dispose();
      }
    })();
    const end = events.return.bind(events);
    events.return = (value) => {
      client.dispose();
      return end(value);
    };
    return events;
  }
}

// readable returns the headers that a text holds: none, where it could not have been sent.
export function readable(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

// authorization returns who asks with the headers, empty for nobody.
export function authorization(headers) {
  const [, value] = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization') ?? [];
  return typeof value === 'string' ? value.trim() : '';
}

async function read(response) {
  const body = await response.text();
  try {
    return JSON.parse(body);
  } catch {
    throw new Error(`HTTP ${response.status} ${response.statusText}`.trim());
  }
}
