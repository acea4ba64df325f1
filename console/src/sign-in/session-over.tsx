import { useCallback, useState } from 'react';
import { currentViewer, type Viewer } from '../app/access';
import { signedIn } from '../app/connection';
import { useText } from '../app/text';
import { Dialog } from '../ui/dialog';
import { SignInForm } from './form';

/** The sign-in over the page when the session is over: what was typed stays, and what was being sent goes on. */
export function SessionOver() {
  const say = useText();
  const [before] = useState(() => currentViewer()?.account.id);
  const go = useCallback(
    (viewer: Viewer) => {
      if (before && viewer.account.id !== before)
        location.assign('/console'); // somebody else's page is not theirs
      else signedIn();
    },
    [before],
  );
  return (
    <Dialog open stays onClose={() => {}} title={say('signIn.over')}>
      <p>{say('signIn.overAbout')}</p>
      <div className="in-dialog">
        <SignInForm onSignedIn={go} />
      </div>
    </Dialog>
  );
}
