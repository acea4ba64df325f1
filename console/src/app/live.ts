import { graphql, type IEnvironment, requestSubscription } from 'relay-runtime';
import type { liveSubscription } from '../__generated__/liveSubscription.graphql';
import { accessIs, refreshAccess } from './access';
import { currentConnection, follow } from './connection';
import { closeSocket, restWhileHidden, whenSocketRefused } from './socket';

const Subscription = graphql`
  subscription liveSubscription {
    viewerChanged { id ...access_viewer }
  }
`;

/** How often access is requested where it can't be followed, in milliseconds. */
const every = 30_000;

/**
 * Keeps what the page knows about the viewer's access as it is, until the result is called: by the WebSocket, and by
 * polling while too many pages of the account are open.
 */
export function watchAccess(environment: IEnvironment): () => void {
  let running: { dispose(): void } | null = null;
  const refresh = () => {
    if (document.hidden || currentConnection().signedOut) return;
    refreshAccess(environment).catch(() => {}); // the page says by itself that the server is away
  };
  const start = () => {
    running?.dispose();
    running = requestSubscription<liveSubscription>(environment, {
      subscription: Subscription,
      variables: {},
      onNext: (response) => {
        if (response?.viewerChanged) accessIs(response.viewerChanged);
      },
      onError: refresh,
    });
  };
  whenSocketRefused(refresh);
  start();
  const rest = restWhileHidden(() => {
    refresh();
    start();
  });
  const timer = setInterval(() => {
    if (currentConnection().polling) refresh();
  }, every);
  let signedOut = currentConnection().signedOut;
  const unfollow = follow(() => {
    const now = currentConnection().signedOut;
    if (signedOut && !now) start();
    signedOut = now;
  });
  return () => {
    unfollow();
    clearInterval(timer);
    rest();
    running?.dispose();
    closeSocket();
  };
}
