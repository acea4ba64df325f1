import { type ReactNode, use, useCallback, useDeferredValue, useLayoutEffect } from 'react';
import { IntlProvider, type MessageFormatElement, useIntl } from 'react-intl';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { code } from './code';
import type { Texts } from '../text/made/texts';
import { type Language, usePreferences } from './preferences';

type Messages = Record<string, MessageFormatElement[]>;

/** A text by its id, with the arguments that it takes. */
export type Id = keyof Texts;
// A text with tags is made of elements.
type Said<Values> = ((chunks: ReactNode[]) => ReactNode) extends Values[keyof Values] ? ReactNode : string;
type Plain = { [I in Id]: Texts[I] extends undefined ? I : never }[Id];

/** The ids of texts without arguments. */
export type PlainId = Plain;

/** Returns a text in the reader's language. */
export interface Say {
  (id: Plain): string;
  <I extends Exclude<Id, Plain>>(id: I, values: Texts[I]): Said<Texts[I]>;
}

const loading = new Map<Language, Promise<Messages>>();

const loaders: Record<Language, () => Promise<{ default: unknown }>> = {
  'zh-CN': () => import('../text/made/zh-CN.json'),
  en: () => import('../text/made/en.json'),
};

/** Fetches the messages of a language, once. */
export function loadMessages(language: Language): Promise<Messages> {
  let messages = loading.get(language);
  if (!messages) {
    const [other] = loading.values();
    // Where they are gone with their version, the page goes on in the language that it has.
    messages = code(loaders[language]).then(
      (module) => module.default as Messages,
      (error) => other ?? Promise.reject(error),
    );
    loading.set(language, messages);
  }
  return messages;
}

/** Gives texts, dates and numbers in the preferred language to all below. */
export function TextProvider({ children }: { children: ReactNode }) {
  // The texts of one language stay until those of the next are there.
  const language = useDeferredValue(usePreferences().language);
  const messages = use(loadMessages(language));
  useLayoutEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <IntlProvider locale={language} messages={messages} onError={fail}>
      <I18nProvider locale={language === 'en' ? 'en-US' : language}>{children}</I18nProvider>
    </IntlProvider>
  );
}

// The build knows every text, so that nothing can be missing; what is wrong with arguments must not go unseen.
function fail(error: Error): void {
  console.error(error);
}

/** Returns the function that says texts in the reader's language. */
export function useText(): Say {
  const intl = useIntl();
  return useCallback(
    ((id: Id, values?: Record<string, unknown>) =>
      intl.formatMessage({ id: id as string }, values as Record<string, string>)) as Say,
    [intl],
  );
}
