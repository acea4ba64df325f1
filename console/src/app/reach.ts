import { connectionIs, pause } from './connection';

let looking: Promise<void> | null = null;

/** Reports whether the server answers. */
export async function answers(): Promise<boolean> {
  try {
    return (await fetch('/permissions.json', { method: 'HEAD', cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}

/** Waits until the server can be reached; while it can't, the page says so. All that wait look for it together. */
export function lookForServer(): Promise<void> {
  looking ??= look().finally(() => {
    looking = null;
  });
  return looking;
}

async function look(): Promise<void> {
  for (let attempt = 0; !(await answers()); attempt++) {
    connectionIs({ away: true });
    await pause(Math.min(1000 * 2 ** attempt, 15_000));
  }
  connectionIs({ away: false });
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
