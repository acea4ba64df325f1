import { type FormEvent, useState } from 'react';
import { useIntl } from 'react-intl';
import { graphql } from 'react-relay';
import type { tokenDialogCreateMutation } from '../__generated__/tokenDialogCreateMutation.graphql';
import type { tokenDialogRotateMutation } from '../__generated__/tokenDialogRotateMutation.graphql';
import { orgOf, useViewer } from '../app/access';
import { useOrgId } from '../app/screen';
import { OutcomeUnknown, sendOnce } from '../app/send';
import { useText } from '../app/text';
import { errorAt, otherErrors, type UserError } from '../app/user-errors';
import { Button } from '../ui/button';
import { CopyText } from '../ui/copy';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/field';
import { Notice } from '../ui/state';
import { digits } from './digits';
import { endAfter } from './tokens';

const CreateMutation = graphql`
  mutation tokenDialogCreateMutation($input: CreateApiTokenInput!) {
    createApiToken(input: $input) {
      secret
      userErrors {
        code
        message
        field
      }
    }
  }
`;

const RotateMutation = graphql`
  mutation tokenDialogRotateMutation($input: RotateApiTokenInput!) {
    rotateApiToken(input: $input) {
      secret
      userErrors {
        code
        message
        field
      }
    }
  }
`;

interface Old {
  readonly id: string;
  readonly name: string;
}

/**
 * Makes a token, or one in place of another, and shows its secret this once. The secret is in no draft, no store and no
 * notice: it is gone with the dialog.
 */
export function TokenDialog({
  appId,
  old,
  onClose,
}: {
  appId: string;
  /** The token to replace; null for one more. */
  old: Old | null;
  /** Called with the name of the token, if one may have been made. */
  onClose: (made: { name: string; sure: boolean } | null) => void;
}) {
  const say = useText();
  const intl = useIntl();
  const orgId = useOrgId();
  const zone = orgOf(useViewer(), orgId)?.timeZone;
  const [name, setName] = useState(old?.name ?? '');
  const [days, setDays] = useState('90');
  const [hours, setHours] = useState('24');
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [failed, setFailed] = useState<string | null>(null);
  const [lost, setLost] = useState(false);
  const [busy, setBusy] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const ask = async () => {
    const common = { orgId, days: Number(days) };
    if (old) {
      const input = { ...common, id: old.id, overlapHours: Number(hours) };
      return (await sendOnce<tokenDialogRotateMutation>(RotateMutation, { input })).rotateApiToken;
    }
    const input = { ...common, appId, name };
    return (await sendOnce<tokenDialogCreateMutation>(CreateMutation, { input })).createApiToken;
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailed(null);
    try {
      const made = await ask();
      if (!made) throw new OutcomeUnknown();
      setErrors(made.userErrors);
      setSecret(made.secret ?? null);
      if (made.secret) setLost(false);
    } catch (error) {
      setErrors([]);
      if (error instanceof OutcomeUnknown) setLost(true);
      else setFailed((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  const end = endAfter(Number(days));
  if (secret) {
    return (
      <Dialog
        open
        stays
        onClose={() => onClose({ name, sure: true })}
        title={old ? say('integration.rotatedTitle', { name }) : say('integration.madeTitle', { name })}
        foot={
          <Button kind="primary" onPress={() => onClose({ name, sure: true })}>
            {say('integration.kept')}
          </Button>
        }
      >
        <Notice kind="warn">{say('integration.shownOnce')}</Notice>
        <CopyText label={say('integration.secret')} text={secret} autoFocus />
        <p>{old ? say('integration.rotatedAbout', { hours: Number(hours) }) : say('integration.madeAbout')}</p>
      </Dialog>
    );
  }
  const shown = old ? ['days', 'overlapHours'] : ['name', 'days'];
  return (
    <Dialog
      open
      onClose={() => onClose(lost ? { name, sure: false } : null)}
      title={old ? say('integration.rotateTitle', { name }) : say('integration.newToken')}
      foot={
        <>
          <Button onPress={() => onClose(lost ? { name, sure: false } : null)}>{say('ui.cancel')}</Button>
          <Button kind="primary" type="submit" form="token-form" busy={busy}>
            {old ? say('integration.rotate') : say('integration.newToken')}
          </Button>
        </>
      }
    >
      {old && <p>{say('integration.rotateAbout')}</p>}
      {[...(failed ? [failed] : []), ...otherErrors(errors, ...shown)].map((message) => (
        <Notice key={message} kind="bad" alert>
          {message}
        </Notice>
      ))}
      {lost && (
        <Notice kind="warn" alert>
          {old ? say('integration.rotateLost') : say('integration.createLost')}
        </Notice>
      )}
      <form id="token-form" className="form" onSubmit={(event) => void submit(event)}>
        {!old && (
          <TextField
            label={say('integration.tokenName')}
            value={name}
            onChange={setName}
            required
            autoFocus
            maxLength={50}
            hint={say('integration.tokenNameHint')}
            error={errorAt(errors, 'name')}
            autoComplete="off"
          />
        )}
        <TextField
          label={say('integration.days')}
          value={days}
          onChange={(text) => setDays(digits(text))}
          required
          autoFocus={old !== null}
          inputMode="numeric"
          autoComplete="off"
          hint={
            Number(days) >= 1 && Number(days) <= 366
              ? say('integration.daysUntil', {
                  date: intl.formatDate(end, { dateStyle: 'long', ...(zone && { timeZone: zone }) }),
                })
              : say('integration.daysHint')
          }
          error={errorAt(errors, 'days')}
        />
        {old && (
          <TextField
            label={say('integration.overlap')}
            value={hours}
            onChange={(text) => setHours(digits(text))}
            required
            inputMode="numeric"
            autoComplete="off"
            hint={say('integration.overlapHint')}
            error={errorAt(errors, 'overlapHours')}
          />
        )}
      </form>
    </Dialog>
  );
}
