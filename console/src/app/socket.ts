import { type Client, createClient, type SubscribePayload } from 'graphql-ws';
import { connectionIs } from './connection';
import { currentPreferences } from './preferences';
import { type ApiError, type ApiResponse, RequestFailed } from './request';

/** How long a hidden page keeps its WebSocket, in milliseconds. */
const hiddenFor = 5 * 60_000;

const sessionOver = 4403;
const tooManyPages = 4429;

let client: Client | null = null;

/** Returns the client of the page's one WebSocket, however many subscriptions run. */
export function socket(): Client {
  client ??= createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    connectionParams: () => ({ 'Accept-Language': currentPreferences().language }),
    lazy: true,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (event) => event instanceof CloseEvent ? ![sessionOver, tooManyPages].includes(event.code) : event instanceof Event,
    on: {
      closed: (event) => {
        if (isClosed(event, tooManyPages)) connectionIs({ polling: true });
      },
      connected: () => connectionIs({ polling: false }),
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

/** Runs a subscription over the page's WebSocket, and returns what ends it. */
export function subscribeOverSocket(operation: { documentId: string; variables: object }, sink: Sink): () => void {
  // The client wants a text; an empty one leaves it to the id.
  return socket().subscribe({ query: '', ...operation } as SubscribePayload, {
    next: (response) => sink.next(response as ApiResponse),
    error: (cause) => sink.error(failure(cause)),
    complete: () => sink.complete(),
  });
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
  void client?.dispose();
  client = null;
}
