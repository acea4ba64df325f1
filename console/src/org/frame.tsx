import './frame.css';
import { Link } from '@tanstack/react-router';
import { Suspense, type ReactNode } from 'react';
import { part } from '../app/code';
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
