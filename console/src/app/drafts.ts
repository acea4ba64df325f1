import { useEffect, useState } from 'react';

const prefix = 'deputy.draft:';

/**
 * Keeps what somebody types in a form until it is saved or thrown away, also when the screen goes: by the route, in the
 * session of the tab. It never holds codes, passwords or tokens.
 */
export function useDraft<D extends object>(route: string, saved: D): [D, (part: Partial<D>) => void, { changed: boolean; forget: () => void }] {
  const [draft, setDraft] = useState<D>(() => ({ ...saved, ...kept<D>(route) }));
  const changed = JSON.stringify(draft) !== JSON.stringify(saved);
  useEffect(() => {
    try {
      if (changed) sessionStorage.setItem(prefix + route, JSON.stringify(draft));
      else sessionStorage.removeItem(prefix + route);
    } catch {
      // A browser that keeps nothing.
    }
  }, [route, draft, changed]);
  const forget = () => {
    sessionStorage.removeItem(prefix + route);
    setDraft(saved);
  };
  return [draft, (part) => setDraft((before) => ({ ...before, ...part })), { changed, forget }];
}

function kept<D>(route: string): Partial<D> {
  try {
    return JSON.parse(sessionStorage.getItem(prefix + route) ?? '{}') as Partial<D>;
  } catch {
    return {};
  }
}

/** Forgets all drafts, as when somebody signs out. */
export function forgetDrafts(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key);
}
