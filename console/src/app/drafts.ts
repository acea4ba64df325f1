import { useEffect, useState } from 'react';

const prefix = 'deputy.draft:';

/** What somebody types, what was saved when they began, and the version of that. */
interface Draft<D> {
  values: D;
  base: D;
  version: string | null;
}

/** A draft beside its values. */
export interface DraftState<D> {
  changed: boolean;
  /** What was saved when the person began to type. */
  base: D;
  /** The version of the base, which a write names so that it replaces nothing that is newer. */
  version: string | null;
  /** Goes on with other values, on top of what is saved by now. */
  rebase: (values: D, base: D, version: string | null) => void;
  forget: () => void;
}

/**
 * Keeps what somebody types in a form until it is saved or thrown away, also when the screen goes: by the route, in the
 * session of the tab. It never holds codes, passwords or tokens. As long as nothing is typed the form follows what is
 * saved; from then on the base and its version stay what they were, so that the server sees what the person saw.
 */
export function useDraft<D extends object>(
  route: string,
  saved: D,
  version: string | null = null,
): [D, (part: Partial<D>) => void, DraftState<D>] {
  const [kept, setKept] = useState<Draft<D> | null>(() => read<D>(route));
  const { values, base, version: of } = kept ?? { values: saved, base: saved, version };
  const changed = kept !== null && !same(values, base);
  useEffect(() => {
    try {
      if (changed) sessionStorage.setItem(prefix + route, JSON.stringify(kept));
      else sessionStorage.removeItem(prefix + route);
    } catch {
      // A browser that keeps nothing.
    }
  }, [route, kept, changed]);
  const forget = () => {
    sessionStorage.removeItem(prefix + route);
    setKept(null);
  };
  const edit = (part: Partial<D>) =>
    setKept((before) => {
      const draft = before ?? { values: saved, base: saved, version };
      const next = { ...draft, values: { ...draft.values, ...part } };
      return same(next.values, next.base) ? null : next;
    });
  return [
    values,
    edit,
    {
      changed,
      base,
      version: of,
      forget,
      rebase: (next, onto, from) => setKept({ values: next, base: onto, version: from }),
    },
  ];
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function read<D>(route: string): Draft<D> | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(prefix + route) ?? 'null') as Draft<D> | null;
    return kept?.values && kept.base ? kept : null;
  } catch {
    return null;
  }
}

/** Forgets all drafts, as when somebody signs out. */
export function forgetDrafts(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key);
}
