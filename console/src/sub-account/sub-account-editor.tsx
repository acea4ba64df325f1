import './sub-account.css';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, Suspense, useState } from 'react';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';
import type { subAccountEditorMutation } from '../__generated__/subAccountEditorMutation.graphql';
import type { subAccountEditorQuery } from '../__generated__/subAccountEditorQuery.graphql';
import type { subAccountEditorTheirsQuery } from '../__generated__/subAccountEditorTheirsQuery.graphql';
import { EventsOf } from '../audit/events-of';
import { orgOf, useViewer } from '../app/access';
import { useDraft } from '../app/drafts';
import { part } from '../app/code';
import { tell } from '../app/news';
import { NotFound } from '../app/refused';
import { useAddress, useOrgId, useScreen } from '../app/screen';
import { useText } from '../app/text';
import { errorAt, otherErrors, useWrite, type UserError } from '../app/write';
import { Chip, Chips } from '../ui/bits';
import { Button } from '../ui/button';
import { Conflict } from '../ui/conflict';
import { TextField } from '../ui/field';
import { Card, FormFoot, Page } from '../ui/page';
import { Notice } from '../ui/state';
import { Moment } from '../ui/time';
import { contactOf } from './contact';
import { Opened } from './opened';
import { RolePicker } from './role-picker';
import type { Act } from './sub-account-batch';
import { SubAccountHistory } from './sub-account-history';
import { SubAccountStatus } from './sub-account-list';
import { useLiveSubAccounts } from './sub-account-live';

const SubAccountBatch = part(() => import('./sub-account-batch').then((module) => module.SubAccountBatch));

const Query = graphql`
  query subAccountEditorQuery($org: ID!, $id: ID!) @preloadable {
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
    node(id: $id) {
      id
      ... on SubAccount {
        org {
          id
        }
        name
        phone
        email
        status
        createdAt
        updatedAt
        lastActiveAt
        roles {
          id
          name
        }
        ...subAccountHistory_subAccount @alias(as: "history")
      }
    }
  }
`;

const TheirsQuery = graphql`
  query subAccountEditorTheirsQuery($id: ID!) {
    node(id: $id) {
      id
      ... on SubAccount {
        name
        status
        updatedAt
        roles {
          id
          name
        }
      }
    }
  }
`;

const UpdateMutation = graphql`
  mutation subAccountEditorMutation($input: UpdateSubAccountInput!) {
    updateSubAccount(input: $input) {
      subAccount {
        id
        name
        updatedAt
        roles {
          id
          name
        }
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
  roles: string[];
}

interface Theirs {
  form: Form;
  updatedAt: string;
}

const formOf = (
  node:
    | {
        readonly name?: string | null | undefined;
        readonly roles?: readonly { readonly id: string }[] | null | undefined;
      }
    | null
    | undefined,
): Form => ({ name: node?.name ?? '', roles: (node?.roles ?? []).map(({ id }) => id) });

/** The editor of a sub-account: its name and its roles, with what these open; its status, and what happened to it. */
export function SubAccountEditor() {
  const say = useText();
  const orgId = useOrgId();
  const id = useAddress()['account'] ?? '';
  const zone = orgOf(useViewer(), orgId)?.timeZone;
  const environment = useRelayEnvironment();
  const navigate = useNavigate();
  const { modules, org, node } = useScreen<subAccountEditorQuery>(Query);
  useLiveSubAccounts(orgId);
  const roles = org?.roles?.nodes ?? [];
  const [form, edit, draft] = useDraft<Form>(
    `/o/${orgId}/settings/accounts/${id}`,
    formOf(node),
    node?.updatedAt ?? null,
  );
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [theirs, setTheirs] = useState<Theirs | null>(null);
  const [act, setAct] = useState<Act | null>(null);
  const [update, busy] = useWrite<subAccountEditorMutation>(UpdateMutation);
  if (!node?.name || !node.status || node.org?.id !== orgId) return <NotFound />;

  const list = { to: `/o/${orgId}/settings/accounts`, label: say('subAccount.title') };
  const leave = (marked?: string) =>
    void navigate({ to: list.to as never, search: (marked ? { marked } : {}) as never });
  const nameOf = (role: string) => roles.find((one) => one.id === role)?.name ?? role;
  const save = async ({ name, roles: roleIds }: Form, expectedUpdatedAt: string | null) => {
    try {
      const { updateSubAccount } = await update({ input: { orgId, id, name, roleIds, expectedUpdatedAt } });
      const wrong = updateSubAccount?.userErrors ?? [];
      if (wrong.some(({ code }) => code === 'CHANGED_MEANWHILE')) {
        const found = (
          await fetchQuery<subAccountEditorTheirsQuery>(
            environment,
            TheirsQuery,
            { id },
            { fetchPolicy: 'network-only' },
          ).toPromise()
        )?.node;
        if (found?.updatedAt) setTheirs({ form: formOf(found), updatedAt: found.updatedAt });
        else tell('failed', say('conflict.gone', { name }));
        return;
      }
      setTheirs(null);
      setErrors(wrong);
      if (!updateSubAccount || wrong.length > 0) return;
      tell('done', say('subAccount.saved', { name: name.trim() }));
      draft.forget();
      leave(id);
    } catch (error) {
      tell('failed', (error as Error).message);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save(form, draft.version);
  };
  const grantsOf = (ids: readonly string[]) =>
    roles.filter((role) => ids.includes(role.id)).flatMap(({ grants }) => grants);
  return (
    <Page
      title={node.name}
      back={list}
      actions={
        <>
          <EventsOf orgId={orgId} id={id} name={node.name} />
          {node.status === 'ENABLED' ? (
            <Button onPress={() => setAct('disable')}>{say('subAccount.act.disable')}</Button>
          ) : (
            <Button onPress={() => setAct('enable')}>{say('subAccount.act.enable')}</Button>
          )}
          <Button onPress={() => setAct('delete')}>{say('ui.delete')}</Button>
        </>
      }
    >
      <dl className="head-facts">
        <div>
          <dt>{say('subAccount.status')}</dt>
          <dd>
            <SubAccountStatus status={node.status} />
          </dd>
        </div>
        <div>
          <dt>{say('subAccount.contact')}</dt>
          <dd className="numbers">{contactOf(node)}</dd>
        </div>
        <div>
          <dt>{say('subAccount.lastActive')}</dt>
          <dd>{node.lastActiveAt ? <Moment at={node.lastActiveAt} zone={zone} /> : say('subAccount.never')}</dd>
        </div>
        <div>
          <dt>{say('subAccount.created')}</dt>
          <dd>{node.createdAt && <Moment at={node.createdAt} zone={zone} />}</dd>
        </div>
      </dl>
      <form className="form" onSubmit={submit}>
        <div className="account-editor">
          <Card title={say('subAccount.person')}>
            {otherErrors(errors, 'name', 'roleIds').map((message) => (
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
              hint={say('subAccount.nameHint')}
              error={errorAt(errors, 'name')}
              autoComplete="off"
            />
            <RolePicker
              roles={roles}
              chosen={form.roles}
              onChange={(next) => edit({ roles: next })}
              error={errorAt(errors, 'roleIds')}
            />
          </Card>
          <div className="page-column">
            <Card title={say('subAccount.opens')} about={say('subAccount.opensAbout')}>
              <Opened modules={modules} grants={grantsOf(form.roles)} before={grantsOf(draft.base.roles)} />
            </Card>
            <Card title={say('subAccount.history')}>
              {node.history && <SubAccountHistory subAccount={node.history} modules={modules} />}
            </Card>
          </div>
        </div>
        <FormFoot {...(draft.changed && { said: say('ui.unsaved') })}>
          <Button
            onPress={() => {
              draft.forget();
              leave();
            }}
          >
            {say('ui.cancel')}
          </Button>
          <Button kind="primary" type="submit" busy={busy} isDisabled={!draft.changed}>
            {say('ui.save')}
          </Button>
        </FormFoot>
      </form>
      {theirs && (
        <Conflict<Form>
          name={draft.base.name}
          base={draft.base}
          mine={form}
          theirs={theirs.form}
          busy={busy}
          fields={[
            { id: 'name', label: say('subAccount.name'), show: ({ name }) => name },
            {
              id: 'roles',
              label: say('subAccount.roles'),
              show: (of) => (
                <Chips>
                  {of.roles.map((role) => (
                    <Chip key={role}>{nameOf(role)}</Chip>
                  ))}
                </Chips>
              ),
            },
          ]}
          onKeep={(values) => {
            draft.rebase(values, theirs.form, theirs.updatedAt);
            void save(values, theirs.updatedAt);
          }}
          onTake={() => {
            draft.forget();
            setTheirs(null);
          }}
          onClose={() => setTheirs(null)}
        />
      )}
      {act && (
        <Suspense>
          <SubAccountBatch
            batch={{ act, items: [{ id, name: node.name }] }}
            onRan={(outcomes) => {
              if (act === 'delete' && outcomes.get(id)?.state === 'done') {
                draft.forget();
                leave();
              }
            }}
            onClose={() => setAct(null)}
          />
        </Suspense>
      )}
    </Page>
  );
}
