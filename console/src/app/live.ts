import { fromPolling, fromWebSocket } from 'deputy-permissions';
import { graphql } from 'relay-runtime';
import { accessIs, accessIsCut, AccessQuery, refreshAccess, type Viewer } from './access';
import { currentConnection, follow } from './connection';
import { idOf, request } from './send';
import { closeSocket, restWhileHidden, socket } from './socket';

const Subscription = graphql`
  subscription liveSubscription {
    viewerChanged {
      ...access_viewer @relay(mask: false)
    }
  }
`;

/** How often access is requested where it can't be followed, in milliseconds. */
const every = 30_000;

/**
 * Keeps what the page knows about the viewer's access as it is, until the result is called: by the WebSocket, and by
 * polling while too many pages of the account are open.
 */
export function watchAccess(): () => void {
  const sink = { next: (viewer: Viewer | null) => void accessIs(viewer), cut: accessIsCut };
  const polling = fromPolling<Viewer>(
    ({ documentId = '' }, signal) => request({ documentId, variables: {} }, { session: false, key: null }, signal),
    { request: { documentId: idOf(AccessQuery) }, every },
  );
  let stopStream: (() => void) | null = null;
  let stopPolling: (() => void) | null = null;
  const start = () => {
    stopStream?.();
    // The client wants a text; an empty one leaves it to the id.
    stopStream = fromWebSocket<Viewer>(socket(), { query: '', documentId: idOf(Subscription) })(sink);
  };
  const rest = restWhileHidden(
    () => {
      stopStream?.();
      stopStream = null;
      closeSocket();
    },
    () => {
      refreshAccess().catch(() => {}); // the page says by itself that the server is away
      start();
    },
  );
  let before = currentConnection();
  const unfollow = follow(() => {
    const now = currentConnection();
    const was = before;
    before = now;
    if (now.polling && !was.polling) stopPolling = polling(sink);
    if (!now.polling && was.polling) {
      stopPolling?.();
      stopPolling = null;
    }
    if (was.signedOut && !now.signedOut) start();
  });
  start();
  return () => {
    unfollow();
    rest();
    stopStream?.();
    stopPolling?.();
    closeSocket();
  };
}
