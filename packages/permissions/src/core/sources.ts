import type { Viewer } from './access.js';

/** Takes what a source learns. */
export interface Sink<V extends Viewer = Viewer> {
  /** The viewer as it is now; null when nobody is signed in. */
  next(viewer: V | null): void;
  /** The server cannot be heard. */
  cut(): void;
}

/** Tells a sink of the viewer, until the function that it returns is called. */
export type Source<V extends Viewer = Viewer> = (sink: Sink<V>) => () => void;

/** A request of GraphQL: a text, or the id of a registered operation in documentId or extensions. */
export interface Request {
  query?: string;
  documentId?: string;
  operationName?: string;
  variables?: Record<string, unknown>;
  extensions?: Record<string, unknown>;
}

const fields = '{id ownedOrg{id viewerGrants{module actions scope}}seats{org{id viewerGrants{module actions scope}}}}';

/** What streams ask for, unless they are told otherwise. Whatever else is asked for needs these fields. */
export const subscription = `subscription{viewerChanged${fields}}`;

/** What polling asks for, unless it is told otherwise. */
export const query = `query{viewer${fields}}`;

interface Result {
  readonly data?: object | null | undefined;
  readonly errors?: readonly { readonly extensions?: object | null }[] | undefined;
}

interface Receiver {
  next(result: Result): void;
  error(error: unknown): void;
  complete(): void;
  cut(): void;
}

/** The part of graphql-ws's client that is used. */
interface SocketClient {
  // oxlint-disable-next-line typescript/no-explicit-any -- clients declare many events
  on(event: any, listener: any): () => void;
  // oxlint-disable-next-line typescript/no-explicit-any -- the client's own request is stricter than it is at run time
  subscribe(request: any, receiver: any): () => void;
}

/** The part of graphql-sse's client that is used. */
interface StreamClient {
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  subscribe(request: any, receiver: any, on?: any): () => void;
}

const codeOf = (errors: Result['errors']) =>
  (errors?.[0]?.extensions as { code?: string; retryAfter?: number } | null | undefined) ?? {};

/** Runs a stream, and runs it again when it ends, later each time; not after the end of the session. */
function repeat<V extends Viewer>(sink: Sink<V>, run: (receiver: Receiver) => () => void): () => void {
  let stop: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tries = 0;
  let over = false;
  const end = () => {
    over = true;
    clearTimeout(timer);
    stop?.();
  };
  const again = (seconds = Math.min(30, 2 ** tries++)) => {
    sink.cut();
    stop?.();
    stop = undefined;
    timer = setTimeout(start, seconds * (900 + 200 * Math.random()));
  };
  const signedOut = () => {
    end();
    sink.next(null);
  };
  const failed = (errors: Result['errors']) => {
    const { code, retryAfter } = codeOf(errors);
    if (code === 'UNAUTHENTICATED') signedOut();
    else again(retryAfter);
  };
  const start = () => {
    let mine = true; // what a stream that has failed brings later is nobody's
    const once = (then: () => void) => {
      if (mine && !over) {
        mine = false;
        then();
      }
    };
    stop = run({
      next({ data, errors }) {
        const viewer = data && ((Object.values(data)[0] ?? null) as V | null);
        if (!mine || over) return;
        if (viewer) {
          tries = 0;
          sink.next(viewer);
        } else if (errors?.length) once(() => failed(errors));
        else once(signedOut);
      },
      error(error) {
        once(() => {
          if (Array.isArray(error)) failed(error);
          else if ((error as { code?: number } | null)?.code === 4403) signedOut();
          else again((error as { code?: number } | null)?.code === 4429 ? 30 : undefined);
        });
      },
      complete: () => once(again),
      cut: () => mine && !over && sink.cut(),
    });
  };
  start();
  return end;
}

/** Follows the viewer over a client of graphql-ws, which may run other subscriptions too. */
export function fromWebSocket<V extends Viewer = Viewer>(client: SocketClient, request: Request = { query: subscription }): Source<V> {
  return (sink) => {
    let receive: Receiver | undefined;
    const off = client.on('closed', (event: { code?: number } | undefined) => {
      if (event?.code === 4403) receive?.error(event); // before the client tries again
      else receive?.cut();
    });
    const end = repeat(sink, (receiver) => client.subscribe(request, (receive = receiver)));
    return () => {
      off();
      end();
    };
  };
}

/** Follows the viewer over a client of graphql-sse, in its mode of distinct connections. */
export function fromEventStream<V extends Viewer = Viewer>(client: StreamClient, request: Request = { query: subscription }): Source<V> {
  return (sink) =>
    repeat(sink, (receiver) =>
      client.subscribe(request, receiver, { connecting: (reconnecting: boolean) => reconnecting && receiver.cut() }),
    );
}

/** Asks for the viewer every so many milliseconds; for where streams do not get through. */
export function fromPolling<V extends Viewer = Viewer>(
  send: (request: Request, signal: AbortSignal) => Promise<Result>,
  { request = { query }, every = 30_000 }: { request?: Request; every?: number } = {},
): Source<V> {
  return (sink) =>
    repeat(sink, (receiver) => {
      const abort = new AbortController();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const ask = () =>
        send(request, abort.signal).then((result) => {
          receiver.next(result);
          if (!abort.signal.aborted) timer = setTimeout(ask, every);
        }, receiver.error);
      void ask();
      return () => {
        clearTimeout(timer);
        abort.abort();
      };
    });
}
