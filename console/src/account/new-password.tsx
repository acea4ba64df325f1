import { type FormEvent, useRef, useState } from 'react';
import { graphql } from 'react-relay';
import type { newPasswordMutation } from '../__generated__/newPasswordMutation.graphql';
import { tell } from '../app/news';
import { useText } from '../app/text';
import { errorAt, otherErrors, type UserError } from '../app/user-errors';
import { useWrite } from '../app/write';
import { SendAgain, useCodeRequest } from '../sign-in/code-request';
import { Button } from '../ui/button';
import { CodeField } from '../ui/code-field';
import { Dialog } from '../ui/dialog';
import { PasswordField } from '../ui/field';
import { Notice } from '../ui/state';

const Mutation = graphql`
  mutation newPasswordMutation($input: SetPasswordInput!) {
    setPassword(input: $input) {
      account {
        id
        hasPassword
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

/** Sets the password of the viewer's own address: a code, then the new password. */
export function NewPassword({ email, onDone, onClose }: { email: string; onDone: () => void; onClose: () => void }) {
  const say = useText();
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [failed, setFailed] = useState<string | null>(null);
  const next = useRef<HTMLInputElement>(null);
  const request = useCodeRequest('SET_PASSWORD');
  const [send, busy] = useWrite<newPasswordMutation>(Mutation);
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
      if (!setPassword?.account) return;
      tell('done', say('account.passwordDone'));
      onClose();
      onDone();
    });
  };
  const wrong = [
    ...otherErrors(errors, 'code.code', 'password'),
    ...request.errors.map(({ message }) => message),
    failed,
  ].filter(Boolean);
  return (
    <Dialog open stays onClose={onClose} title={say('account.setPassword')}>
      <form className="form" onSubmit={submit}>
        {wrong.length > 0 && (
          <Notice kind="bad" alert>
            {wrong.map((message) => (
              <span key={message}>{message}</span>
            ))}
          </Notice>
        )}
        <p>{say('account.setPasswordAbout', { email })}</p>
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
            <div>
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
              required
              hint={say('signIn.passwordHint')}
              error={errorAt(errors, 'password')}
              ref={next}
            />
          </>
        )}
        <div className="do-row">
          <Button onPress={onClose}>{say('ui.cancel')}</Button>
          <Button kind="primary" type="submit" busy={busy || (!sent && request.busy)}>
            {sent ? say('account.setPassword') : say('signIn.getCode')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
