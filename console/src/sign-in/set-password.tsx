import { Link } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { graphql } from 'relay-runtime';
import type { setPasswordMutation } from '../__generated__/setPasswordMutation.graphql';
import { useSend } from '../app/send';
import { useText } from '../app/text';
import { errorAt, otherErrors, type UserError } from '../app/user-errors';
import { Button } from '../ui/button';
import { CodeField } from '../ui/code-field';
import { PasswordField, TextField } from '../ui/field';
import { Notice } from '../ui/state';
import { SendAgain, useCodeRequest } from './code-request';
import { Gate } from './gate';

const Mutation = graphql`
  mutation setPasswordMutation($input: SetPasswordInput!) {
    setPassword(input: $input) {
      account {
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

/** Sets a password: address, code, new password. */
export function SetPassword() {
  const say = useText();
  const [email, setEmail] = useState('');
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [failed, setFailed] = useState<string | null>(null);
  const [done, setDone] = useState(false);
  const next = useRef<HTMLInputElement>(null);
  const request = useCodeRequest('SET_PASSWORD');
  const [send, busy] = useSend<setPasswordMutation>(Mutation);
  const { sent } = request;
  const attempt = async (act: () => Promise<unknown>) => {
    setFailed(null);
    try {
      await act();
    } catch (error) {
      setFailed((error as Error).message);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void attempt(async () => {
      if (!sent) return request.request({ email });
      const { setPassword } = await send({ input: { code: { flow: sent.flow, code }, password } });
      setErrors(setPassword?.userErrors ?? []);
      setDone(setPassword?.account != null);
    });
  };
  if (done) {
    return (
      <Gate title={say('signIn.passwordSet')} plain>
        <div className="gate-form">
          <Notice kind="good" alert>
            {say('signIn.passwordSetAbout')}
          </Notice>
          <Link to="/sign-in" className="button primary large wide">
            {say('signIn.signIn')}
          </Link>
        </div>
      </Gate>
    );
  }
  const shown = otherErrors(errors, 'code.code', 'password');
  return (
    <Gate title={say('signIn.setPassword')} about={say('signIn.setPasswordAbout')} plain>
      <form className="gate-form" onSubmit={submit}>
        {(shown.length > 0 || failed) && (
          <Notice kind="bad" alert>
            {[...shown, failed].filter(Boolean).map((message) => (
              <span key={message}>{message}</span>
            ))}
          </Notice>
        )}
        <TextField
          label={say('signIn.email')}
          type="email"
          inputMode="email"
          autoComplete="username"
          value={email}
          large
          required
          autoFocus
          placeholder={say('signIn.emailLike')}
          onChange={(value) => {
            setEmail(value);
            if (sent) request.forget();
          }}
          error={errorAt(request.errors, 'to', 'email') ?? request.errors[0]?.message}
        />
        {sent && (
          <>
            <CodeField
              label={say('signIn.code')}
              value={code}
              onChange={setCode}
              onComplete={() => next.current?.focus()}
              error={errorAt(errors, 'code', 'code')}
              autoFocus
            />
            <div className="beside">
              <span>{say('signIn.sent')}</span>
              <SendAgain
                again={sent.again}
                busy={request.busy}
                onSend={() => void attempt(() => request.request({ email }))}
              />
            </div>
            <PasswordField
              label={say('signIn.newPassword')}
              autoComplete="new-password"
              value={password}
              onChange={setPassword}
              large
              required
              hint={say('signIn.passwordHint')}
              error={errorAt(errors, 'password')}
              ref={next}
            />
          </>
        )}
        <Button kind="primary" type="submit" large wide busy={busy || (!sent && request.busy)}>
          {sent ? say('signIn.setPassword') : say('signIn.getCode')}
        </Button>
        <div className="beside">
          <Link to="/sign-in">{say('signIn.back')}</Link>
        </div>
      </form>
    </Gate>
  );
}
