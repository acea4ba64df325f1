import './bars.css';
import { useMatches } from '@tanstack/react-router';
import { Suspense, useEffect, useState } from 'react';
import { Button } from '../ui/button';
import { Icon } from '../ui/icon';
import { OtherVersion, part } from './code';
import { useConnection } from './connection';
import { watchReach } from './reach';
import { useText } from './text';

const SessionOver = part(() => import('../sign-in/session-over').then((module) => module.SessionOver));

/**
 * The bars at the top of the page: no server, too many requests, another version of the page, too many pages; and the
 * sign-in over the page.
 */
export function Bars() {
  const say = useText();
  const { away, waitsUntil, signedOut, polling, outdated } = useConnection();
  // A screen that is gone says so in its place.
  const inPlace = useMatches({ select: (matches) => matches.some(({ error }) => error instanceof OtherVersion) });
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
        ) : outdated && !inPlace ? (
          <div className="bar">
            <Icon name="clock" />
            <b>{say('app.newVersion')}</b>
            {say('app.newVersionAbout')}
            <Button kind="link" onPress={() => location.reload()}>
              {say('app.reload')}
            </Button>
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
