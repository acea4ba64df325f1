import {
  Environment,
  type FetchFunction,
  Network,
  Observable,
  RecordSource,
  Store,
  type SubscribeFunction,
} from 'relay-runtime';
import { spread } from './request';
import { outcomeOf, request } from './send';
import { subscribeOverSocket } from './socket';

const fetchOperation: FetchFunction = (operation, variables) =>
  Observable.create((sink) => {
    const stop = new AbortController();
    const write = operation.operationKind === 'mutation';
    request(
      { documentId: operation.id ?? '', variables },
      { session: true, key: write ? crypto.randomUUID() : null },
      stop.signal,
    )
      .then((body) => {
        sink.next(outcomeOf(body) as Parameters<typeof sink.next>[0]);
        sink.complete();
      })
      .catch((error: Error) => stop.signal.aborted || sink.error(error));
    // A write that was sent is not taken back when its screen goes.
    return () => write || stop.abort();
  });

const subscribe: SubscribeFunction = (operation, variables) =>
  Observable.create((sink) =>
    subscribeOverSocket(
      { documentId: operation.id ?? '', variables },
      {
        next: (response) =>
          sink.next({ data: response.data ?? null, errors: spread(response) } as Parameters<typeof sink.next>[0]),
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
      },
    ),
  );

/** Makes the store of everything that the page was sent, and its way to the server. */
export function newEnvironment(): Environment {
  return new Environment({
    network: Network.create(fetchOperation, subscribe),
    store: new Store(new RecordSource(), { gcReleaseBufferSize: 0 }),
  });
}
