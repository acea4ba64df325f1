import { useEffect, useRef, useState } from 'react';
import { graphql, requestSubscription, useRelayEnvironment } from 'react-relay';
import type { auditTailSubscription, auditTailSubscription$data } from '../__generated__/auditTailSubscription.graphql';
import { useReload } from '../app/screen';

const Subscription = graphql`
  subscription auditTailSubscription($org: ID!, $after: ID) {
    auditEvents(orgId: $org, after: $after) {
      id
      operation
      outcome
      actor {
        actorId
      }
      targets(first: 100) {
        nodes {
          targetId
        }
      }
    }
  }
`;

/** A new event, as far as it is needed to tell whether a list may have it. */
export type NewEvent = NonNullable<auditTailSubscription$data['auditEvents']>;

/** How long events that come together wait for one another before the rows are requested, in milliseconds. */
const wait = 400;

/** What an audit log that is followed shows beside its rows. */
export interface Tail {
  paused: boolean;
  /** The number of new events that wait while it is paused. */
  waiting: number;
  pause: () => void;
  resume: () => void;
}

/**
 * Follows the audit log of an org: the rows of the screen are requested again when there are events that it may have.
 * While it is paused, they are counted. `newest` is the newest event of the org when the rows were read.
 */
export function useTail(
  orgId: string,
  newest: string | undefined,
  on: boolean,
  concerns: (event: NewEvent) => boolean,
): Tail {
  const environment = useRelayEnvironment();
  const reload = useReload();
  const [paused, setPaused] = useState(false);
  const [waiting, setWaiting] = useState<ReadonlySet<string>>(new Set());
  const seen = useRef(new Set<string>());
  const latest = useRef({ paused, concerns, reload, newest });
  latest.current = { paused, concerns, reload, newest };
  useEffect(() => {
    if (!on) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // The server sends all later events, and again those that it sent before the page was cut off.
    const running = requestSubscription<auditTailSubscription>(environment, {
      subscription: Subscription,
      variables: { org: orgId, after: latest.current.newest },
      onNext: (response) => {
        const event = response?.auditEvents;
        if (!event || seen.current.has(event.id)) return;
        seen.current.add(event.id);
        if (!latest.current.concerns(event)) return;
        if (latest.current.paused) {
          setWaiting((before) => new Set(before).add(event.id));
          return;
        }
        timer ??= setTimeout(() => {
          timer = undefined;
          void latest.current.reload();
        }, wait);
      },
      onError: () => {}, // the frame follows access and says when the server is away
    });
    return () => {
      clearTimeout(timer);
      running.dispose();
    };
  }, [environment, orgId, on]);
  return {
    paused,
    waiting: waiting.size,
    pause: () => setPaused(true),
    resume: () => {
      setPaused(false);
      setWaiting(new Set());
      void reload();
    },
  };
}
