import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';
import type { welcomeCreatorsQuery } from '../__generated__/welcomeCreatorsQuery.graphql';
import type { welcomeReleaseMutation } from '../__generated__/welcomeReleaseMutation.graphql';
import { refreshAccess, useMay, useViewer, type Viewer } from '../app/access';
import { useNames } from '../app/names';
import { tell } from '../app/news';
import { useText } from '../app/text';
import { useWrite } from '../app/write';
import { useSignOut } from '../sign-in/sign-out';
import { Avatar, Status } from '../ui/bits';
import { Button, IconButton } from '../ui/button';
import { Confirm } from '../ui/dialog';
import { focusRow } from '../ui/focus';
import { Notice } from '../ui/state';
import { Frame } from './frame';

type Seat = Viewer['seats'][number];

const ReleaseMutation = graphql`
  mutation welcomeReleaseMutation($input: ReleaseSeatInput!) {
    releaseSeat(input: $input) {
      orgId
      unmanagedCreators
      userErrors {
        code
        message
        field
      }
    }
  }
`;

const CreatorsQuery = graphql`
  query welcomeCreatorsQuery($org: ID!, $me: [ID!]!) {
    org(id: $org) {
      id
      creators(first: 1, filter: { managerIds: $me }) {
        totalCount
      }
    }
  }
`;

/** The orgs of somebody who is signed in: enter one, leave one, or open one. */
export function Welcome() {
  const say = useText();
  const listed = useNames();
  const viewer = useViewer();
  const signOut = useSignOut();
  const [leaving, setLeaving] = useState<Seat | null>(null);
  if (!viewer) return null;
  const { ownedOrg, seats, mayOpenOrg } = viewer;
  return (
    <Frame
      title={say('org.welcome')}
      about={say('org.welcomeAbout', { name: viewer.account.phone ?? viewer.account.email ?? '' })}
      end={<IconButton icon="signOut" label={say('app.signOut')} onPress={() => void signOut()} />}
    >
      {(ownedOrg || seats.length > 0) && (
        <ul className="seats">
          {ownedOrg && (
            <li className="seat">
              <Avatar name={ownedOrg.name} size={40} square />
              <div className="seat-text">
                <h2>{ownedOrg.name}</h2>
                <p>
                  {say('app.owner')} · {ownedOrg.ownerName}
                </p>
              </div>
              <Link to={`/o/${ownedOrg.id}` as never} className="button primary">
                {say('org.enter')}
              </Link>
            </li>
          )}
          {seats.map((seat) => (
            <li className="seat" key={seat.subAccountId}>
              <Avatar name={seat.orgName} size={40} square />
              <div className="seat-text">
                <h2>
                  {seat.orgName}
                  {seat.status === 'DISABLED' && <Status kind="off">{say('org.disabled')}</Status>}
                </h2>
                <p>
                  {seat.status === 'DISABLED' ? say('org.disabledAbout') : `${seat.name} · ${listed(seat.roleNames)}`}
                </p>
              </div>
              <div className="do">
                <Button kind="link" warns onPress={() => setLeaving(seat)}>
                  {say('org.release')}
                </Button>
                {seat.status === 'ENABLED' && (
                  <Link to={`/o/${seat.orgId}` as never} className="button">
                    {say('org.enter')}
                  </Link>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      {mayOpenOrg ? (
        <div className="seat">
          <div className="seat-text">
            <h2>{say('org.openOwn')}</h2>
            <p>{say('org.openOwnAbout')}</p>
          </div>
          <Link to="/open-org" className="button primary">
            {say('org.open')}
          </Link>
        </div>
      ) : (
        !ownedOrg && <Notice>{seats.length > 0 ? say('org.mayNotOpenSeats') : say('org.mayNotOpenClosed')}</Notice>
      )}
      <Release seat={leaving} onClose={() => setLeaving(null)} />
    </Frame>
  );
}

/** Asks before somebody leaves an org, and says what this ends. */
export function Release({ seat, onClose }: { seat: Seat | null; onClose: () => void }) {
  const say = useText();
  const [release, busy] = useWrite<welcomeReleaseMutation>(ReleaseMutation);
  const creators = useCreators(seat);
  const leave = async () => {
    if (!seat) return;
    try {
      const { releaseSeat } = await release({ input: { orgId: seat.orgId } });
      const wrong = releaseSeat?.userErrors[0];
      if (wrong) tell('failed', wrong.message);
      else tell('done', say('org.released', { org: seat.orgName, creators: releaseSeat?.unmanagedCreators ?? 0 }));
      const focus = focusRow(seat.subAccountId);
      onClose();
      await refreshAccess();
      focus();
    } catch (error) {
      tell('failed', (error as Error).message);
      onClose();
    }
  };
  return (
    <Confirm
      open={seat !== null}
      onClose={onClose}
      title={say('org.releaseTitle', { org: seat?.orgName ?? '' })}
      action={say('org.release')}
      warns
      busy={busy}
      onConfirm={() => void leave()}
    >
      <p>{say('org.releaseAbout')}</p>
      <p>{creators === null ? say('org.releaseUncounted') : say('org.releaseCreators', { count: creators })}</p>
    </Confirm>
  );
}

// useCreators returns how many creators somebody manages in an org, as far as they may see creators there.
function useCreators(seat: Seat | null): number | null {
  const environment = useRelayEnvironment();
  const org = seat?.org?.id ?? '';
  const me = seat?.subAccountId ?? '';
  const sees = useMay(org, { module: 'CREATORS', action: 'VIEW' });
  const [counted, setCounted] = useState<{ of: string; count: number | null }>({ of: '', count: null });
  useEffect(() => {
    if (!sees || !org) return;
    const running = fetchQuery<welcomeCreatorsQuery>(
      environment,
      CreatorsQuery,
      { org, me: [me] },
      { fetchPolicy: 'network-only' },
    ).subscribe({
      next: (data) => setCounted({ of: me, count: data.org?.creators?.totalCount ?? null }),
      error: () => {}, // the number is left out
    });
    return () => running.unsubscribe();
  }, [environment, sees, org, me]);
  return counted.of === me ? counted.count : null;
}
