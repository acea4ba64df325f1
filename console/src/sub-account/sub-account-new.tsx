import './sub-account.css';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { graphql } from 'react-relay';
import type { subAccountNewCodeMutation } from '../__generated__/subAccountNewCodeMutation.graphql';
import type { subAccountNewMutation } from '../__generated__/subAccountNewMutation.graphql';
import type { subAccountNewQuery } from '../__generated__/subAccountNewQuery.graphql';
import { useDraft } from '../app/drafts';
import { tell } from '../app/news';
import { useOrgId, useScreen } from '../app/screen';
import { useText } from '../app/text';
import { errorAt, otherErrors, useWrite, type UserError } from '../app/write';
import { SendAgain, type SentCode } from '../sign-in/code-request';
import { Button } from '../ui/button';
import { CodeField } from '../ui/code-field';
import { TextField } from '../ui/field';
import { Icon } from '../ui/icon';
import { Card, FormFoot, Page } from '../ui/page';
import { Empty, Notice } from '../ui/state';
import { contactInput } from './contact';
import { Opened } from './opened';
import { RolePicker } from './role-picker';

const Query = graphql`
  query subAccountNewQuery($org: ID!) @preloadable {
    modules {
      module
      name
    }
    org(id: $org) {
      id
      roles(first: 100) {
        nodes {
          id
          name
          description
          grants {
            module
            actions
            scope
          }
        }
      }
    }
  }
`;

const CodeMutation = graphql`
  mutation subAccountNewCodeMutation($input: SendBindCodeInput!) {
    sendBindCode(input: $input) {
      flow
      expiresInSeconds
      resendInSeconds
      userErrors {
        code
        message
        field
      }
    }
  }
`;

const CreateMutation = graphql`
  mutation subAccountNewMutation($input: CreateSubAccountInput!) {
    createSubAccount(input: $input) {
      subAccount {
        id
        name
        status
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

interface Form {
  name: string;
  contact: string;
  roles: string[];
}

/** The codes of refusals that are about the person's account, which are told once the code was right. */
const aboutAccount = ['ALREADY_BOUND', 'ORG_LIMIT_REACHED', 'ACCOUNT_OWNS_ORG'];

/** A new sub-account: name, phone number or e-mail address with the code that was sent there, and roles. */
export function SubAccountNew() {
  const say = useText();
  const orgId = useOrgId();
  const navigate = useNavigate();
  const { modules, org } = useScreen<subAccountNewQuery>(Query);
  const roles = org?.roles?.nodes ?? [];
  const [form, edit, draft] = useDraft<Form>(`/o/${orgId}/settings/accounts/new`, { name: '', contact: '', roles: [] });
  const [sent, setSent] = useState<(SentCode & { to: string }) | null>(null);
  const [code, setCode] = useState('');
  const [sendErrors, setSendErrors] = useState<readonly UserError[]>([]);
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [early, setEarly] = useState(false);
  const nameField = useRef<HTMLInputElement>(null);
  const contactField = useRef<HTMLInputElement>(null);
  const codeField = useRef<HTMLInputElement>(null);
  const [send, sending] = useWrite<subAccountNewCodeMutation>(CodeMutation);
  const [create, creating] = useWrite<subAccountNewMutation>(CreateMutation);

  const list = { to: `/o/${orgId}/settings/accounts`, label: say('subAccount.title') };
  const leave = (marked?: string) =>
    void navigate({ to: list.to as never, search: (marked ? { marked } : {}) as never });
  const forgetCode = () => {
    setSent(null);
    setCode('');
  };
  const sendCode = async () => {
    setErrors([]);
    setEarly(false);
    setCode('');
    try {
      const { sendBindCode } = await send({ input: { orgId, to: contactInput(form.contact) } });
      setSendErrors(sendBindCode?.userErrors ?? []);
      if (sendBindCode?.flow) {
        setSent({
          flow: sendBindCode.flow,
          again: Date.now() + 1000 * (sendBindCode.resendInSeconds ?? 60),
          to: form.contact.trim(),
        });
        requestAnimationFrame(() => codeField.current?.focus());
      } else contactField.current?.focus();
    } catch (error) {
      tell('failed', (error as Error).message);
    }
  };
  const save = async (more: boolean) => {
    if (!sent) {
      setEarly(true);
      contactField.current?.focus();
      return;
    }
    try {
      const { createSubAccount } = await create({
        input: { orgId, name: form.name, code: { flow: sent.flow, code }, roleIds: form.roles },
      });
      const wrong = createSubAccount?.userErrors ?? [];
      setErrors(wrong);
      if (!createSubAccount || wrong.length > 0) {
        // What is told of the account uses the code up.
        if (wrong.some((error) => aboutAccount.includes(error.code))) {
          forgetCode();
          contactField.current?.focus();
        } else if (errorAt(wrong, 'name')) nameField.current?.focus();
        else if (errorAt(wrong, 'code', 'code')) codeField.current?.select();
        return;
      }
      tell('done', say('subAccount.made', { name: form.name.trim() }));
      forgetCode();
      draft.forget();
      if (more) {
        edit({ name: '', contact: '', roles: form.roles });
        nameField.current?.focus();
      } else leave(createSubAccount.subAccount?.id);
    } catch (error) {
      tell('failed', (error as Error).message);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save(false);
  };

  if (roles.length === 0) {
    return (
      <Page title={say('subAccount.new')} back={list}>
        <Empty
          icon="key"
          title={say('subAccount.noRoles')}
          action={
            <Link to={`/o/${orgId}/settings/roles/new` as never} className="button primary">
              <Icon name="add" />
              {say('role.new')}
            </Link>
          }
        >
          {say('subAccount.noRolesAbout')}
        </Empty>
      </Page>
    );
  }
  const atAccount = errors.find((error) => aboutAccount.includes(error.code))?.message;
  const atContact =
    errorAt(sendErrors, 'to', 'phone') ??
    errorAt(sendErrors, 'to', 'email') ??
    sendErrors[0]?.message ??
    atAccount ??
    (early ? say('subAccount.codeFirst') : undefined);
  const elsewhere = otherErrors(
    errors.filter((error) => !aboutAccount.includes(error.code)),
    'name',
    'code.code',
    'roleIds',
  );
  const chosen = roles.filter(({ id }) => form.roles.includes(id));
  return (
    <Page title={say('subAccount.new')} back={list} about={say('subAccount.newAbout')}>
      <form className="form" onSubmit={submit}>
        <div className="account-editor">
          <Card title={say('subAccount.person')}>
            {elsewhere.map((message) => (
              <Notice key={message} kind="bad" alert>
                {message}
              </Notice>
            ))}
            <TextField
              label={say('subAccount.name')}
              value={form.name}
              onChange={(name) => edit({ name })}
              required
              maxLength={20}
              autoFocus
              hint={say('subAccount.nameHint')}
              error={errorAt(errors, 'name')}
              ref={nameField}
              autoComplete="off"
              large
            />
            <div className="contact-row">
              <TextField
                label={say('subAccount.contact')}
                value={form.contact}
                required
                placeholder={say('subAccount.contactLike')}
                autoComplete="off"
                ref={contactField}
                large
                hint={say('subAccount.contactHint')}
                error={atContact}
                onChange={(contact) => {
                  edit({ contact });
                  setSendErrors([]);
                  setEarly(false);
                  setErrors(errors.filter((error) => !aboutAccount.includes(error.code)));
                  if (sent && contact.trim() !== sent.to) forgetCode();
                }}
              />
              {!sent && (
                <Button onPress={() => void sendCode()} busy={sending} isDisabled={form.contact.trim() === ''}>
                  {say('signIn.getCode')}
                </Button>
              )}
            </div>
            {sent && (
              <>
                <CodeField
                  label={say('signIn.code')}
                  value={code}
                  onChange={setCode}
                  error={errorAt(errors, 'code', 'code')}
                  ref={codeField}
                />
                <div className="beside-code">
                  <span>{say('subAccount.codeSent', { to: sent.to })}</span>
                  <SendAgain again={sent.again} busy={sending} onSend={() => void sendCode()} />
                </div>
              </>
            )}
            <RolePicker
              roles={roles}
              chosen={form.roles}
              onChange={(next) => edit({ roles: next })}
              error={errorAt(errors, 'roleIds')}
            />
          </Card>
          <Card title={say('subAccount.opens')} about={say('subAccount.opensAbout')}>
            <Opened modules={modules} grants={chosen.flatMap(({ grants }) => grants)} />
          </Card>
        </div>
        <FormFoot>
          <Button
            onPress={() => {
              draft.forget();
              leave();
            }}
          >
            {say('ui.cancel')}
          </Button>
          <Button busy={creating} onPress={() => void save(true)}>
            {say('subAccount.createMore')}
          </Button>
          <Button kind="primary" type="submit" busy={creating}>
            {say('subAccount.create')}
          </Button>
        </FormFoot>
      </form>
    </Page>
  );
}
