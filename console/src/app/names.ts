import { useCallback } from 'react';
import { usePreferences } from './preferences';

/** Returns what writes names beside one another, as the reader's language does. */
export function useNames(): (names: readonly string[]) => string {
  const { language } = usePreferences();
  return useCallback((names) => names.join(language === 'zh-CN' ? '、' : ', '), [language]);
}
