import { type Client, createClient, type SubscribePayload } from 'graphql-ws';
import { connectionIs } from './connection';
import { currentPreferences } from './preferences';
import { lookForServer } from './reach';
import { type ApiError, type ApiResponse, isUnknown, RequestFailed } from './request';

/** How long a hidden page keeps its WebSocket, in milliseconds. */
const hiddenFor = 5 * 60_000;

const normal = 1000;
const sessionOver = 4403;
const tooManyPages = 4429;

let client: Client | null = null;
// Subscriptions of screens that ended with the WebSocket, and run again with the next one.
const waiting = new Set<() => void>();

/** Returns the client of the page's one WebSocket, however many subscriptions run. */
export function socket(): Client {
  client ??= createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    connectionParams: () => ({ 'Accept-Language': currentPreferences().language }),
    lazy: true,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (event) =>
      event instanceof CloseEvent ? ![sessionOver, tooManyPages].includes(event.code) : event instanceof Event,
    on: {
      closed: (event) => {
        if (isClosed(event, tooManyPages)) connectionIs({ polling: true });
        else if (!isClosed(event, normal) && !isClosed(event, sessionOver)) void lookForServer();
      },
      message: (message) => {
        if (message.type === 'error' && isUnknown(message.payload)) connectionIs({ outdated: true });
      },
      connected: () => {
        connectionIs({ polling: false });
        const all = [...waiting];
        waiting.clear();
        for (const run of all) run();
      },
    },
  });
  return client;
}

function isClosed(event: unknown, code: number): boolean {
  return typeof event === 'object' && event !== null && 'code' in event && event.code === code;
}

interface Sink {
  next(response: ApiResponse): void;
  error(error: Error): void;
  complete(): void;
}

/**
 * Runs a subscription over the page's WebSocket, and returns what ends it. When the WebSocket ends it, as with a session,
 * it runs again as soon as there is another one.
 */
export function subscribeOverSocket(operation: { documentId: string; variables: object }, sink: Sink): () => void {
  let stop = () => {};
  const run = () => {
    const on = socket();
    // The client wants a text; an empty one leaves it to the id.
    stop = on.subscribe({ query: '', ...operation } as SubscribePayload, {
      next: (response) => sink.next(response as ApiResponse),
      error: (cause) => {
        if (cause instanceof Event) waiting.add(run);
        else sink.error(failure(cause));
      },
      complete: () => {
        if (on !== client && !ended) waiting.add(run);
        else sink.complete();
      },
    });
  };
  let ended = false;
  run();
  return () => {
    ended = true;
    waiting.delete(run);
    stop();
  };
}

function failure(cause: unknown): Error {
  if (cause instanceof Error) return cause;
  const first = Array.isArray(cause) ? (cause[0] as ApiError | undefined) : undefined;
  const code = first?.extensions?.code ?? 'DISCONNECTED';
  return new RequestFailed(first?.message ?? '', code, first?.extensions?.requestId ?? null);
}

/** Calls `rest` once the page has been hidden for long, and then `wake` when it shows again; the result ends this. */
export function restWhileHidden(rest: () => void, wake: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  const change = () => {
    clearTimeout(timer);
    if (document.hidden) {
      timer = setTimeout(() => {
        closed = true;
        rest();
      }, hiddenFor);
    } else if (closed) {
      closed = false;
      wake();
    }
  };
  document.addEventListener('visibilitychange', change);
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', change);
  };
}

/** Closes the WebSocket; the next subscription opens another one. */
export function closeSocket(): void {
  Promise.resolve(client?.dispose()).catch(() => {}); // it was still being opened
  client = null;
}
