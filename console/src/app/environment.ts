import { Environment, type FetchFunction, Network, Observable, RecordSource, Store, type SubscribeFunction } from 'relay-runtime';
import { connectionIs, currentConnection, pause, signedInAgain } from './connection';
import { currentPreferences } from './preferences';
import { type ApiResponse, RequestFailed, spread } from './request';
import { subscribeOverSocket } from './socket';

/** The cacheConfig of operations that sign people in: they do not wait for a sign-in. */
export const withoutSession = { metadata: { withoutSession: true } } as const;

interface Sent {
  documentId: string;
  variables: object;
}

/** The extent of a request's patience. */
interface Patience {
  /** Whether it waits for a sign-in when the session is over. */
  session: boolean;
  /** The key under which the server does a write once, however often it is sent. */
  key: string | null;
}

async function post(sent: Sent, key: string | null, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    Accept: 'application/graphql-response+json, application/json',
    'Accept-Language': currentPreferences().language,
  };
  if (key) headers['Idempotency-Key'] = key;
  return fetch('/graphql', { method: 'POST', credentials: 'same-origin', headers, body: JSON.stringify(sent), signal });
}

// request sends until there is an outcome: it waits while the server is away, while there were too many requests, and
// while nobody is signed in. A write carries the same key each time, so it is done once.
async function request(sent: Sent, patience: Patience, signal: AbortSignal): Promise<ApiResponse> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    let response: Response;
    let body: ApiResponse;
    try {
      response = await post(sent, patience.key, signal);
      body = (await response.json()) as ApiResponse;
    } catch (error) {
      if (signal.aborted) throw error;
      connectionIs({ away: true });
      await pause(Math.min(1000 * 2 ** attempt, 15_000));
      continue;
    }
    const first = body.errors?.[0];
    const code = first?.extensions?.code;
    if (response.status === 503 || code === 'UNAVAILABLE') {
      connectionIs({ away: true });
      await pause(1000 * (first?.extensions?.retryAfter ?? 2));
      continue;
    }
    connectionIs({ away: false });
    if (code === 'RATE_LIMITED') {
      const seconds = first?.extensions?.retryAfter ?? 1;
      connectionIs({ waitsUntil: Date.now() + 1000 * seconds });
      await pause(1000 * seconds);
      if ((currentConnection().waitsUntil ?? 0) <= Date.now()) connectionIs({ waitsUntil: null });
      continue;
    }
    if (code === 'UNAUTHENTICATED' && patience.session) {
      await signedInAgain();
      continue;
    }
    return body;
  }
}

const fetchOperation: FetchFunction = (operation, variables, { metadata }) =>
  Observable.create((sink) => {
    const stop = new AbortController();
    const write = operation.operationKind === 'mutation';
    const patience = { session: metadata?.['withoutSession'] !== true, key: write ? crypto.randomUUID() : null };
    request({ documentId: operation.id ?? '', variables }, patience, stop.signal).then(
      (body) => {
        const errors = spread(body);
        // A refusal stands beside its field. Whatever else went wrong fails the request, unless a write was done.
        const fatal = errors.find(({ extensions }) => extensions?.code !== 'FORBIDDEN' && !extensions?.committed);
        if (fatal || !body.data) {
          const worst = fatal ?? errors[0];
          sink.error(new RequestFailed(worst?.message ?? '', worst?.extensions?.code ?? 'INTERNAL', worst?.extensions?.requestId ?? null));
          return;
        }
        sink.next({ data: body.data, errors } as Parameters<typeof sink.next>[0]);
        sink.complete();
      },
      (error: Error) => stop.signal.aborted || sink.error(error),
    );
    // A write that was sent is not taken back when its screen goes.
    return () => write || stop.abort();
  });

const subscribe: SubscribeFunction = (operation, variables) =>
  Observable.create((sink) => subscribeOverSocket({ documentId: operation.id ?? '', variables }, {
    next: (response) => sink.next({ data: response.data ?? null, errors: spread(response) } as Parameters<typeof sink.next>[0]),
    error: (error) => sink.error(error),
    complete: () => sink.complete(),
  }));

/** Makes the store of everything that the page was sent, and its way to the server. */
export function newEnvironment(): Environment {
  return new Environment({ network: Network.create(fetchOperation, subscribe), store: new Store(new RecordSource(), { gcReleaseBufferSize: 0 }) });
}
