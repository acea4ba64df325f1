import { useSyncExternalStore } from 'react';

/** What the page knows about its way to the server. */
export interface Connection {
  /** Whether the server can't be reached. */
  away: boolean;
  /** Until when requests wait because there were too many, in milliseconds since 1970; null when they don't. */
  waitsUntil: number | null;
  /** Whether the session is over, so that requests wait for a sign-in. */
  signedOut: boolean;
  /** Whether live changes come by polling, because too many pages of the account are open. */
  polling: boolean;
  /** Whether the server has another version of the page. */
  outdated: boolean;
}

const listeners = new Set<() => void>();
let connection: Connection = { away: false, waitsUntil: null, signedOut: false, polling: false, outdated: false };
let waiting: (() => void)[] = [];

/** Returns the connection of this moment. */
export function currentConnection(): Connection {
  return connection;
}

/** Changes what is known. */
export function connectionIs(change: Partial<Connection>): void {
  const next = { ...connection, ...change };
  if (JSON.stringify(next) === JSON.stringify(connection)) return;
  connection = next;
  for (const listener of listeners) listener();
}

/** Calls back after each change; the result ends this. */
export function follow(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Waits until somebody is signed in again. */
export function signedInAgain(): Promise<void> {
  connectionIs({ signedOut: true });
  return new Promise((resolve) => waiting.push(resolve));
}

/** Lets requests that waited for a sign-in go on. */
export function signedIn(): void {
  connectionIs({ signedOut: false });
  const all = waiting;
  waiting = [];
  for (const resolve of all) resolve();
}

/** Waits, and at the longest until the browser says that it is online again. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener('online', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    window.addEventListener('online', end);
  });
}

/** Returns the connection, and renders again when it changes. */
export function useConnection(): Connection {
  return useSyncExternalStore(follow, currentConnection);
}
