import './frame.css';
import { Link } from '@tanstack/react-router';
import { Suspense, type ReactNode, useEffect } from 'react';
import { part } from '../app/code';
import { watchAccess } from '../app/live';
import { usePreferences } from '../app/preferences';
import { Mark } from '../ui/icon';

const Preferences = part(() => import('../app/shell').then((module) => module.Preferences));

/** The frame of a screen without an org: the mark, language and theme, and one column. */
export function Frame({
  title,
  about,
  children,
  end,
}: {
  title: string;
  about?: ReactNode;
  children: ReactNode;
  end?: ReactNode;
}) {
  const { language } = usePreferences();
  // Whoever waits for a seat sees it as soon as it is there.
  useEffect(() => watchAccess(), [language]);
  return (
    <div className="frame">
      <title>{`${title} · Deputy`}</title>
      <header className="frame-head">
        <Link to="/" className="brand">
          <Mark size={26} />
          Deputy
        </Link>
        <span className="space" />
        <Suspense>
          <Preferences />
        </Suspense>
        {end}
      </header>
      <main className="frame-main">
        <header>
          <h1 tabIndex={-1}>{title}</h1>
          {about && <p>{about}</p>}
        </header>
        {children}
      </main>
    </div>
  );
}
