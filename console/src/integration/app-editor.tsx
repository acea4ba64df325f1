import './integration.css';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';
import type { appEditorCreateMutation } from '../__generated__/appEditorCreateMutation.graphql';
import type { appEditorQuery } from '../__generated__/appEditorQuery.graphql';
import type { appEditorTheirsQuery } from '../__generated__/appEditorTheirsQuery.graphql';
import type { appEditorUpdateMutation } from '../__generated__/appEditorUpdateMutation.graphql';
import { orgOf, useViewer } from '../app/access';
import { useDraft } from '../app/drafts';
import { tell } from '../app/news';
import { NotFound } from '../app/refused';
import { useAddress, useOrgId, useScreen } from '../app/screen';
import { useText } from '../app/text';
import { errorAt, otherErrors, useWrite, type UserError } from '../app/write';
import { EventsOf } from '../audit/events-of';
import { GrantChips } from '../role/grant-chips';
import { GrantGrid } from '../role/grant-grid';
import { grantsOf, type Line, ordered } from '../role/grants';
import { Button } from '../ui/button';
import { Checkbox } from '../ui/checkbox';
import { Conflict } from '../ui/conflict';
import { TextArea, TextField } from '../ui/field';
import { Card, FormFoot, Page } from '../ui/page';
import { Notice } from '../ui/state';
import { Moment } from '../ui/time';
import { type Act, AppAct, useEnableApp } from './app-act';
import { AppStatus } from './app-list';
import { AppTokens } from './app-tokens';
import { digits } from './digits';
import { Guide } from './guide';

const Query = graphql`
  query appEditorQuery($id: ID!, $known: Boolean!) @preloadable {
    modules {
      module
      name
      description
      grantable
      actions
      scopes
    }
    node(id: $id) @include(if: $known) {
      id
      ... on App {
        org {
          id
        }
        name
        description
        contacts
        status
        ipRanges
        budget {
          rows
          refill
        }
        grants {
          module
          actions
        }
        lastUsedAt
        createdAt
        updatedAt
        tokens {
          id
          name
          hint
          status
          createdAt
          createdByName
          endsAt
          lastUsedAt
          lastUsedIp
          lastUsedUserAgent
          lastRefusedAt
          lastRefusedIp
        }
      }
    }
  }
`;

const CreateMutation = graphql`
  mutation appEditorCreateMutation($input: CreateAppInput!) {
    createApp(input: $input) {
      app {
        id
        name
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

const UpdateMutation = graphql`
  mutation appEditorUpdateMutation($input: UpdateAppInput!) {
    updateApp(input: $input) {
      app {
        id
        name
        description
        contacts
        ipRanges
        budget {
          rows
          refill
        }
        grants {
          module
          actions
        }
        updatedAt
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

const TheirsQuery = graphql`
  query appEditorTheirsQuery($id: ID!) {
    node(id: $id) {
      id
      ... on App {
        name
        description
        contacts
        status
        ipRanges
        budget {
          rows
          refill
        }
        grants {
          module
          actions
        }
        updatedAt
      }
    }
  }
`;

interface Form {
  name: string;
  description: string;
  /** One a line. */
  contacts: string;
  lines: Line[];
  /** One a line. */
  ranges: string;
  /** The budget of its own; null for the server's. */
  budget: { rows: string; refill: string } | null;
}

interface Theirs {
  form: Form;
  updatedAt: string;
}

interface Saved {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly contacts?: readonly string[] | null | undefined;
  readonly ipRanges?: readonly string[] | null | undefined;
  readonly budget?: { readonly rows: number; readonly refill: number } | null | undefined;
  readonly grants?: readonly Omit<Line, 'scope'>[] | null | undefined;
}

const formOf = (app: Saved | null | undefined): Form => ({
  name: app?.name ?? '',
  description: app?.description ?? '',
  contacts: (app?.contacts ?? []).join('\n'),
  lines: (app?.grants ?? []).map(({ module, actions }) => ({ module, scope: 'ALL', actions })),
  ranges: (app?.ipRanges ?? []).join('\n'),
  budget: app?.budget ? { rows: String(app.budget.rows), refill: String(app.budget.refill) } : null,
});

// linesOf returns what stands in a field with one entry a line, or more behind commas.
const linesOf = (text: string) =>
  text
    .split(/[\s,，;；、]+/)
    .map((line) => line.trim())
    .filter(Boolean);

/** The screen of an app: its tokens, and what it is, may do and is held to. */
export function AppEditor() {
  const say = useText();
  const orgId = useOrgId();
  const zone = orgOf(useViewer(), orgId)?.timeZone;
  const id = useAddress()['app'] ?? null;
  const navigate = useNavigate();
  const { modules: all, node } = useScreen<appEditorQuery>(Query);
  // An app is of the whole org: it has no scopes.
  const modules = all.filter(({ grantable }) => grantable).map((info) => ({ ...info, scopes: ['ALL'] as const }));
  const environment = useRelayEnvironment();
  const [form, edit, draft] = useDraft<Form>(
    `/o/${orgId}/settings/apps/${id ?? 'new'}`,
    formOf(node),
    (id && node?.updatedAt) || null,
  );
  const [theirs, setTheirs] = useState<Theirs | null>(null);
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [act, setAct] = useState<Act | null>(null);
  const enable = useEnableApp();
  const [create, creating] = useWrite<appEditorCreateMutation>(CreateMutation);
  const [update, updating] = useWrite<appEditorUpdateMutation>(UpdateMutation);
  if ((id && !node) || (node && node.org?.id !== orgId)) return <NotFound />;

  const list = { to: `/o/${orgId}/settings/apps`, label: say('integration.title') };
  const leave = (marked?: string) =>
    void navigate({ to: list.to as never, search: (marked ? { marked } : {}) as never });
  const save = async (values: Form, expectedUpdatedAt: string | null) => {
    const { name, description } = values;
    const input = {
      orgId,
      name,
      description,
      contacts: linesOf(values.contacts),
      grants: grantsOf(values.lines).map(({ module, actions }) => ({ module, actions })),
      ipRanges: linesOf(values.ranges),
      budget: values.budget && { rows: Number(values.budget.rows), refill: Number(values.budget.refill) },
    };
    try {
      const payload = id
        ? (await update({ input: { ...input, id, expectedUpdatedAt } })).updateApp
        : (await create({ input })).createApp;
      const wrong = payload?.userErrors ?? [];
      if (id && wrong.some(({ code }) => code === 'CHANGED_MEANWHILE')) {
        const found = (
          await fetchQuery<appEditorTheirsQuery>(
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
      if (!payload || wrong.length > 0) return;
      tell('done', id ? say('integration.saved', { name }) : say('integration.created', { name }));
      draft.forget();
      if (id) leave(id);
      // An app can do nothing before it has a token, which its own screen makes.
      else void navigate({ to: `${list.to}/${payload.app?.id ?? ''}` as never });
    } catch (error) {
      tell('failed', (error as Error).message);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save(form, draft.version);
  };
  // What the person does to the app as a whole is no change of somebody else's.
  const acted = (updatedAt: string | null) => {
    if (updatedAt && draft.changed && draft.version === node?.updatedAt) draft.rebase(form, draft.base, updatedAt);
  };
  // errorIn returns what is wrong with an entry of a field that has several, with the entry.
  const errorIn = (field: string, text: string) => {
    const whole = errorAt(errors, field);
    const one = errors.find(({ field: path }) => path[1] === field && path.length === 3);
    if (whole || !one) return whole;
    return say('integration.entry', { entry: linesOf(text)[Number(one.field[2])] ?? '', message: one.message });
  };
  const elsewhere = errors.filter(
    ({ field }) => !(['contacts', 'ipRanges'].includes(field[1] ?? '') || field[1] === 'grants'),
  );
  const busy = creating || updating;
  const { budget } = form;
  const compared = (of: Form) => ({
    ...of,
    lines: ordered(
      grantsOf(of.lines),
      modules.map(({ module }) => module),
    ),
  });
  const named = node?.name ?? '';
  const blank = <span className="faint">{say('conflict.empty')}</span>;
  return (
    <Page
      title={id ? named : say('integration.new')}
      back={list}
      {...(id
        ? {
            actions: (
              <>
                <Guide />
                <EventsOf orgId={orgId} id={id} name={named} />
                {node?.status === 'ENABLED' ? (
                  <Button onPress={() => setAct('disable')}>{say('integration.disable')}</Button>
                ) : (
                  <Button onPress={() => void enable({ id, name: named }).then(acted)}>
                    {say('integration.enable')}
                  </Button>
                )}
                <Button onPress={() => setAct('delete')}>{say('ui.delete')}</Button>
              </>
            ),
          }
        : { about: say('integration.newAbout') })}
    >
      {node?.status && (
        <>
          <dl className="head-facts">
            <div>
              <dt>{say('integration.status')}</dt>
              <dd>
                <AppStatus status={node.status} />
              </dd>
            </div>
            <div>
              <dt>{say('integration.lastUsed')}</dt>
              <dd>{node.lastUsedAt ? <Moment at={node.lastUsedAt} zone={zone} /> : say('integration.neverUsed')}</dd>
            </div>
            <div>
              <dt>{say('integration.createdAt')}</dt>
              <dd>{node.createdAt && <Moment at={node.createdAt} zone={zone} />}</dd>
            </div>
          </dl>
          <AppTokens app={node} zone={zone} />
        </>
      )}
      <form className="form" onSubmit={submit}>
        {otherErrors(elsewhere, 'name', 'description', 'budget').map((message) => (
          <Notice key={message} kind="bad" alert>
            {message}
          </Notice>
        ))}
        <div className="app-editor">
          <div className="page-column">
            <Card title={say('role.basics')}>
              <TextField
                label={say('integration.name')}
                value={form.name}
                onChange={(name) => edit({ name })}
                required
                maxLength={50}
                autoFocus={!id}
                hint={say('integration.nameHint')}
                error={errorAt(errors, 'name')}
                autoComplete="off"
              />
              <TextArea
                label={say('role.description')}
                value={form.description}
                onChange={(description) => edit({ description })}
                maxLength={200}
                hint={say('integration.descriptionHint')}
                error={errorAt(errors, 'description')}
              />
              <TextArea
                label={say('integration.contacts')}
                value={form.contacts}
                onChange={(contacts) => edit({ contacts })}
                hint={say('integration.contactsHint')}
                error={errorIn('contacts', form.contacts)}
              />
            </Card>
            <Card title={say('integration.limits')}>
              <TextArea
                label={say('integration.ranges')}
                value={form.ranges}
                onChange={(ranges) => edit({ ranges })}
                placeholder="203.0.113.0/24"
                hint={say('integration.rangesHint')}
                error={errorIn('ipRanges', form.ranges)}
              />
              <Checkbox
                checked={budget !== null}
                onChange={(own) => edit({ budget: own ? { rows: '', refill: '' } : null })}
              >
                <span>
                  {say('integration.budget')}
                  <span className="hint">{say('integration.budgetAbout')}</span>
                </span>
              </Checkbox>
              {budget && (
                <div className="budget">
                  <TextField
                    label={say('integration.rows')}
                    value={budget.rows}
                    onChange={(text) => edit({ budget: { ...budget, rows: digits(text) } })}
                    required
                    inputMode="numeric"
                    autoComplete="off"
                    hint={say('integration.rowsHint')}
                    error={errorAt(errors, 'budget')}
                  />
                  <TextField
                    label={say('integration.refill')}
                    value={budget.refill}
                    onChange={(text) => edit({ budget: { ...budget, refill: digits(text) } })}
                    required
                    inputMode="numeric"
                    autoComplete="off"
                    hint={say('integration.refillHint')}
                  />
                </div>
              )}
            </Card>
          </div>
          <div className="grant-card">
            <Card title={say('role.grants')} about={say('integration.grantsAbout')}>
              {errors
                .filter(({ field }) => field[1] === 'grants')
                .map(({ message }) => (
                  <Notice key={message} kind="bad" alert>
                    {message}
                  </Notice>
                ))}
              <GrantGrid modules={modules} lines={form.lines} onChange={(lines) => edit({ lines })} />
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
          <Button kind="primary" type="submit" busy={busy} isDisabled={id !== null && !draft.changed}>
            {id ? say('ui.save') : say('role.create')}
          </Button>
        </FormFoot>
      </form>
      {act && node?.status && (
        <AppAct
          act={act}
          app={{ id: node.id, name: named, tokens: node.tokens }}
          onDone={(updatedAt) => {
            acted(updatedAt);
            if (act !== 'delete') return;
            draft.forget();
            leave();
          }}
          onClose={() => setAct(null)}
        />
      )}
      {theirs && (
        <Conflict<Form>
          name={draft.base.name}
          base={compared(draft.base)}
          mine={compared(form)}
          theirs={compared(theirs.form)}
          busy={busy}
          fields={[
            { id: 'name', label: say('integration.name'), show: ({ name }) => name },
            { id: 'description', label: say('role.description'), show: ({ description }) => description || blank },
            { id: 'contacts', label: say('integration.contacts'), show: ({ contacts }) => contacts || blank },
            {
              id: 'lines',
              label: say('role.grants'),
              show: ({ lines }) => <GrantChips lines={lines} modules={modules} />,
            },
            { id: 'ranges', label: say('integration.ranges'), show: ({ ranges }) => ranges || blank },
            {
              id: 'budget',
              label: say('integration.budgetOf'),
              show: (of) => (of.budget ? say('integration.ownBudget', of.budget) : say('integration.serverBudget')),
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
    </Page>
  );
}
