import './bars.css';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Icon } from '../ui/icon';
import { useConnection } from './connection';
import { watchReach } from './reach';
import { useText } from './text';

const SessionOver = lazy(() => import('../sign-in/session-over').then((module) => ({ default: module.SessionOver })));

/** The bars at the top of the page: no server, too many requests, too many pages; and the sign-in over the page. */
export function Bars() {
  const say = useText();
  const { away, waitsUntil, signedOut, polling } = useConnection();
  const seconds = useCountdown(waitsUntil);
  useEffect(() => watchReach(), []);
  return (
    <>
      <div role="status">
        {away ? (
          <div className="bar">
            <Icon name="warning" />
            {say('app.away')}
          </div>
        ) : seconds > 0 ? (
          <div className="bar">
            <Icon name="clock" />
            {say('app.waits', { seconds })}
          </div>
        ) : (
          polling && (
            <div className="bar">
              <Icon name="warning" />
              {say('app.polling')}
            </div>
          )
        )}
      </div>
      {signedOut && (
        <Suspense>
          <SessionOver />
        </Suspense>
      )}
    </>
  );
}

/** Returns the seconds until a moment, counting down to 0. */
export function useCountdown(until: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (until === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [until]);
  return until === null ? 0 : Math.max(0, Math.ceil((until - now) / 1000));
}
