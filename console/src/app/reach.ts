import { connectionIs, pause } from './connection';

let looking = false;

/** Reports whether the server answers. */
export async function answers(): Promise<boolean> {
  try {
    return (await fetch('/console', { method: 'HEAD', cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}

/** Finds out whether the server can be reached; while it can't, the page says so and looks again. */
export async function lookForServer(): Promise<void> {
  if (looking) return;
  looking = true;
  try {
    for (let attempt = 0; !(await answers()); attempt++) {
      connectionIs({ away: true });
      await pause(Math.min(1000 * 2 ** attempt, 15_000));
    }
    connectionIs({ away: false });
  } finally {
    looking = false;
  }
}

/** Looks for the server whenever the browser goes offline or online; the result ends this. */
export function watchReach(): () => void {
  const look = () => void lookForServer();
  window.addEventListener('offline', look);
  window.addEventListener('online', look);
  return () => {
    window.removeEventListener('offline', look);
    window.removeEventListener('online', look);
  };
}
