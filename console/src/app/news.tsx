import { useSyncExternalStore } from 'react';
import { currentConnection } from './connection';

/** Something that was done or went wrong; it shows for a moment, and stays under 最近操作. */
export interface News {
  id: number;
  kind: 'done' | 'failed';
  text: string;
  at: Date;
  /** What takes it back, where it can be taken back. */
  undo?: () => void;
}

const most = 50;
const listeners = new Set<() => void>();
let all: readonly News[] = [];
let next = 1;

/** Tells the reader that something was done or went wrong. */
export function tell(kind: News['kind'], text: string, undo?: () => void): void {
  if (!text && currentConnection().outdated) return; // a bar says why
  const news: News = { id: next++, kind, text, at: new Date(), ...(undo && { undo }) };
  all = [news, ...all].slice(0, most);
  for (const listener of listeners) listener();
}

/** Forgets everything that was told, as when an org is lost. */
export function forgetNews(): void {
  all = [];
  for (const listener of listeners) listener();
}

/** Returns what was told, newest first, and renders again when there is more. */
export function useNews(): readonly News[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => all,
  );
}
