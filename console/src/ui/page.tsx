import './page.css';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { Icon } from './icon';

interface PageProps {
  title: string;
  /** What the screen is for, in a sentence. */
  about?: ReactNode;
  /** Where the screen belongs to. */
  back?: { to: string; label: string };
  /** The buttons of the screen. */
  actions?: ReactNode;
  narrow?: boolean;
  children: ReactNode;
}

/** A screen: its title, its buttons and what it holds. The focus goes to the title when the screen is entered. */
export function Page({ title, about, back, actions, narrow, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className={narrow ? 'page narrow' : 'page'}>
      <title>{`${title} · Deputy`}</title>
      <header className="page-head">
        <div>
          {back && (
            <Link to={back.to} className="back">
              <Icon name="arrowLeft" size={14} />
              {back.label}
            </Link>
          )}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {about && <p>{about}</p>}
        </div>
        {actions && <div className="do">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A part of a screen, with a heading. */
export function Card({
  title,
  about,
  actions,
  children,
}: {
  title?: string;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="card">
      {title && (
        <header>
          <div>
            <h2>{title}</h2>
            {about && <p>{about}</p>}
          </div>
          {actions}
        </header>
      )}
      <div className="card-body">{children}</div>
    </section>
  );
}

/** The buttons of a form, which stay in sight while the form is scrolled. */
export function FormFoot({ said, children }: { said?: string; children: ReactNode }) {
  return (
    <div className="form-foot">
      {said && <span className="said">{said}</span>}
      {children}
    </div>
  );
}
