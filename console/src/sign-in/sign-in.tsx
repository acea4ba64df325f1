import { useRouter } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { useSearchState } from '../app/screen';
import { useText } from '../app/text';
import { Gate } from './gate';
import { SignInForm } from './form';

/** Signs somebody in, and goes where they wanted to. */
export function SignIn() {
  const say = useText();
  const router = useRouter();
  const [{ to }] = useSearchState<{ to?: string }>();
  const [link] = useState(takeLink);
  const go = useCallback(
    () =>
      router.history.push(
        to && to.startsWith('/') && !to.startsWith('//') ? `/console${to.replace(/^\/console/, '')}` : '/console',
      ),
    [router, to],
  );
  return (
    <Gate title={say('signIn.title')} about={say('signIn.about')}>
      <SignInForm onSignedIn={go} link={link} />
    </Gate>
  );
}

// takeLink returns the flow and the code of a link, which do not stay in the address.
function takeLink(): { flow: string; code: string } | null {
  const given = new URLSearchParams(location.hash.slice(1));
  const flow = given.get('flow');
  const code = given.get('code');
  if (!flow || !code) return null;
  history.replaceState(history.state, '', location.pathname + location.search);
  return { flow, code };
}
