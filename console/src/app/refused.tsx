import { Link, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Empty, ErrorPanel } from '../ui/state';
import { follow, may, orgOf, useViewer, type Needs } from './access';
import { OtherVersion } from './code';
import { useAddress } from './screen';
import { useText } from './text';

/** Says why a screen may not be entered and whom to ask, and enters it as soon as it may be. */
export function Refused({ needs }: { needs: Needs }) {
  const say = useText();
  const viewer = useViewer();
  const router = useRouter();
  const orgId = useAddress()['org'];
  useEffect(
    () =>
      follow(() => {
        if (may(orgId, needs)) void router.invalidate();
      }),
    [router, orgId, needs],
  );
  const seat = viewer?.seats.find((one) => one.orgId === orgId);
  const org = orgOf(viewer, orgId);
  if (seat?.status === 'DISABLED') {
    return (
      <Empty
        alone
        icon="shield"
        title={say('app.seatDisabled', { org: seat.orgName })}
        action={
          <Link to="/welcome" className="button">
            {say('app.otherOrgs')}
          </Link>
        }
      >
        {say('app.seatDisabledAbout', { name: seat.name })}
      </Empty>
    );
  }
  if (!org) return <NotFound />;
  return (
    <Empty
      alone
      icon="shield"
      title={say('app.notGranted')}
      action={
        <Link to={`/o/${org.id}` as never} className="button">
          {say('app.toStart')}
        </Link>
      }
    >
      {say('app.notGrantedAbout', { owner: org.ownerName, org: org.name })}
    </Empty>
  );
}

/** The page for what does not exist, and for what is not the viewer's: the two look the same. */
export function NotFound() {
  const say = useText();
  return (
    <Empty
      alone
      icon="search"
      title={say('app.notFound')}
      action={
        <Link to="/" className="button">
          {say('app.toStart')}
        </Link>
      }
    >
      {say('app.notFoundAbout')}
    </Empty>
  );
}

/** What stands in place of a screen that is gone with its version. */
function Outdated() {
  const say = useText();
  const reload = (
    <button type="button" className="button primary" onClick={() => location.reload()}>
      {say('app.reload')}
    </button>
  );
  return (
    <Empty alone icon="clock" title={say('app.newVersion')} action={reload}>
      {say('app.newVersionAbout')}
    </Empty>
  );
}

/** What failed when a screen was entered. */
export function ScreenFailed({ error, reset }: { error: unknown; reset: () => void }) {
  const router = useRouter();
  if (error instanceof OtherVersion) return <Outdated />;
  return (
    <ErrorPanel
      alone
      error={error}
      onRetry={() => {
        reset();
        void router.invalidate();
      }}
    />
  );
}
