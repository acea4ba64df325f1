import './sign-in.css';
import { type ReactNode } from 'react';
import { languages, prefer, usePreferences } from '../app/preferences';
import { useText } from '../app/text';
import { Button } from '../ui/button';
import { Mark } from '../ui/icon';

/** The frame of the screens before a sign-in. It has few parts, since it is the first thing that is fetched. */
export function Gate({
  title,
  about,
  plain,
  children,
}: {
  title: string;
  about?: string;
  plain?: boolean;
  children: ReactNode;
}) {
  const say = useText();
  const { language } = usePreferences();
  const other = languages.find((one) => one !== language) ?? language;
  return (
    <div className="gate">
      <title>{`${title} · Deputy`}</title>
      <header className="gate-head">
        <Button kind="quiet" icon="globe" onPress={() => prefer({ language: other })}>
          {other === 'en' ? 'English' : '简体中文'}
        </Button>
      </header>
      <main className="gate-main">
        <div className="gate-brand">
          <Mark size={44} />
          <h1 tabIndex={-1}>{title}</h1>
          {about && <p>{about}</p>}
        </div>
        <div className={plain ? 'gate-card plain' : 'gate-card'}>{children}</div>
      </main>
      <footer className="gate-foot">{say('signIn.foot')}</footer>
    </div>
  );
}
