import './sign-in.css';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react';
import { graphql } from 'relay-runtime';
import type { formSignInMutation, SignInInput } from '../__generated__/formSignInMutation.graphql';
import { refreshAccess, type Viewer } from '../app/access';
import { useSend } from '../app/send';
import { useText } from '../app/text';
import { errorAt, otherErrors, type UserError } from '../app/user-errors';
import { Button } from '../ui/button';
import { CodeField } from '../ui/code-field';
import { PasswordField, TextField } from '../ui/field';
import { Notice } from '../ui/state';
import { Tabs } from '../ui/tabs';
import { SendAgain, useCodeRequest } from './code-request';

const Mutation = graphql`
  mutation formSignInMutation($input: SignInInput!) {
    signIn(input: $input, session: COOKIE) {
      viewer {
        id
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

interface SignInFormProps {
  onSignedIn: (viewer: Viewer) => void;
  /** Flow and code that a link brought. */
  link?: { flow: string; code: string } | null;
}

/** Signs somebody in: by phone number and code, or by e-mail address and password. */
export function SignInForm({ onSignedIn, link }: SignInFormProps) {
  const say = useText();
  const [tab, setTab] = useState<'phone' | 'email'>('phone');
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [failed, setFailed] = useState<string | null>(null);
  const [noCookie, setNoCookie] = useState(false);
  const [send, busy] = useSend<formSignInMutation>(Mutation);
  const signIn = useCallback(
    async (input: SignInInput) => {
      setFailed(null);
      try {
        const { signIn } = await send({ input });
        setErrors(signIn?.userErrors ?? []);
        if (!signIn || signIn.userErrors.length > 0) return false;
        const viewer = await refreshAccess();
        if (viewer) onSignedIn(viewer);
        else setNoCookie(true); // the browser did not keep it
        return viewer !== null;
      } catch (error) {
        setFailed((error as Error).message);
        return false;
      }
    },
    [send, onSignedIn],
  );

  const used = useRef(false);
  useEffect(() => {
    if (!link || used.current) return;
    used.current = true;
    void signIn({ code: link });
  }, [link, signIn]);

  if (noCookie)
    return (
      <Notice kind="warn" alert>
        <strong>{say('signIn.noCookie')}</strong>
        <span>{say('signIn.noCookieAbout', { address: location.origin })}</span>
      </Notice>
    );
  const shown = otherErrors(errors, 'code.code', 'password.email', 'password.password');
  return (
    <>
      {(shown.length > 0 || failed) && (
        <div className="gate-form">
          <Notice kind="bad" alert>
            {[...shown, failed].filter(Boolean).map((message) => (
              <span key={message}>{message}</span>
            ))}
          </Notice>
        </div>
      )}
      <Tabs
        label={say('signIn.ways')}
        chosen={tab}
        onChoose={(next) => {
          setTab(next);
          setErrors([]);
          setFailed(null);
        }}
        tabs={[
          { id: 'phone', label: say('signIn.byPhone'), panel: <ByPhone errors={errors} busy={busy} signIn={signIn} /> },
          { id: 'email', label: say('signIn.byEmail'), panel: <ByEmail errors={errors} busy={busy} signIn={signIn} /> },
        ]}
      />
    </>
  );
}

interface WayProps {
  errors: readonly UserError[];
  busy: boolean;
  signIn: (input: SignInInput) => Promise<boolean>;
}

function ByPhone({ errors, busy, signIn }: WayProps) {
  const say = useText();
  const [phone, setPhone] = useState('');
  const [code, setCode] = useState('');
  const [failed, setFailed] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  const request = useCodeRequest('SIGN_IN');
  const { sent } = request;
  const sendCode = async () => {
    setCode('');
    setFailed(undefined);
    try {
      if (await request.request({ phone })) field.current?.focus();
    } catch (error) {
      setFailed((error as Error).message);
    }
  };
  const enter = async (given: string) => {
    if (sent && !(await signIn({ code: { flow: sent.flow, code: given } }))) field.current?.select();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!sent) void sendCode();
    else if (code.length === 6) void enter(code);
  };
  const wrong = errorAt(request.errors, 'to', 'phone') ?? request.errors[0]?.message ?? failed;
  return (
    <form className="gate-form" onSubmit={submit}>
      <TextField
        label={say('signIn.phone')}
        type="tel"
        inputMode="tel"
        autoComplete="tel"
        value={phone}
        large
        required
        autoFocus
        placeholder={say('signIn.phoneLike')}
        onChange={(value) => {
          setPhone(value);
          if (sent) request.forget();
        }}
        error={wrong}
      />
      {sent && (
        <>
          <CodeField
            label={say('signIn.code')}
            value={code}
            onChange={setCode}
            onComplete={(given) => void enter(given)}
            error={errorAt(errors, 'code', 'code')}
            autoFocus
            ref={field}
          />
          <div className="beside">
            <span>{say('signIn.sent')}</span>
            <SendAgain again={sent.again} busy={request.busy} onSend={() => void sendCode()} />
          </div>
        </>
      )}
      <Button kind="primary" type="submit" large wide busy={busy || (!sent && request.busy)}>
        {sent ? say('signIn.signIn') : say('signIn.getCode')}
      </Button>
    </form>
  );
}

function ByEmail({ errors, busy, signIn }: WayProps) {
  const say = useText();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void signIn({ password: { email, password } });
  };
  return (
    <form className="gate-form" onSubmit={submit}>
      <TextField
        label={say('signIn.email')}
        type="email"
        inputMode="email"
        autoComplete="username"
        value={email}
        onChange={setEmail}
        large
        required
        placeholder={say('signIn.emailLike')}
        error={errorAt(errors, 'password', 'email')}
      />
      <PasswordField
        label={say('signIn.password')}
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        large
        required
        error={errorAt(errors, 'password', 'password')}
      />
      <Button kind="primary" type="submit" large wide busy={busy}>
        {say('signIn.signIn')}
      </Button>
      <div className="beside">
        <span>{say('signIn.firstTime')}</span>
        <Link to="/set-password">{say('signIn.forgot')}</Link>
      </div>
    </form>
  );
}
