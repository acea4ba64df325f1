import { useSyncExternalStore } from 'react';

/** The languages of the console. */
export const languages = ['zh-CN', 'en'] as const;
export type Language = (typeof languages)[number];

/** The themes of the console; `system` follows the device. */
export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

interface Preferences {
  language: Language;
  theme: Theme;
  /** The org that was open last, which pages without an org go back to. */
  org: string | null;
}

const name = 'deputy.preferences';
const listeners = new Set<() => void>();
let preferences = read();

function read(): Preferences {
  const chinese = navigator.languages
    .find((language) => /^(zh|en)\b/i.test(language))
    ?.toLowerCase()
    .startsWith('zh');
  const initial: Preferences = { language: (chinese ?? true) ? 'zh-CN' : 'en', theme: 'system', org: null };
  try {
    const kept = JSON.parse(localStorage.getItem(name) ?? '{}') as Partial<Preferences>;
    return {
      language: languages.find((language) => language === kept.language) ?? initial.language,
      theme: themes.find((theme) => theme === kept.theme) ?? initial.theme,
      org: typeof kept.org === 'string' ? kept.org : null,
    };
  } catch {
    return initial; // a browser that keeps nothing
  }
}

// What is chosen on another page of this browser holds here too.
window.addEventListener('storage', ({ key }) => {
  if (key !== name) return;
  preferences = { ...read(), org: preferences.org };
  tell();
});

/** Returns the preferences of this moment. */
export function currentPreferences(): Preferences {
  return preferences;
}

/** Changes preferences, on this device alone. */
export function prefer(change: Partial<Preferences>): void {
  preferences = { ...preferences, ...change };
  try {
    localStorage.setItem(name, JSON.stringify(preferences));
  } catch {
    // They last as long as the page.
  }
  tell();
}

function tell(): void {
  show();
  for (const listener of listeners) listener();
}

/** Puts the theme on the document. */
export function show(): void {
  if (preferences.theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = preferences.theme;
}

/** Returns the preferences, and renders again when they change. */
export function usePreferences(): Preferences {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, currentPreferences);
}
