import './role-editor.css';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';
import type { roleEditorCreateMutation } from '../__generated__/roleEditorCreateMutation.graphql';
import type { roleEditorQuery } from '../__generated__/roleEditorQuery.graphql';
import type { roleEditorTheirsQuery } from '../__generated__/roleEditorTheirsQuery.graphql';
import type { roleEditorUpdateMutation } from '../__generated__/roleEditorUpdateMutation.graphql';
import { EventsOf } from '../audit/events-of';
import { useDraft } from '../app/drafts';
import { useNames } from '../app/names';
import { tell } from '../app/news';
import { NotFound } from '../app/refused';
import { useAddress, useOrgId, useScreen } from '../app/screen';
import { useText } from '../app/text';
import { errorAt, otherErrors, useWrite, type UserError } from '../app/write';
import { Button } from '../ui/button';
import { Conflict } from '../ui/conflict';
import { Confirm } from '../ui/dialog';
import { TextArea, TextField } from '../ui/field';
import { Card, FormFoot, Page } from '../ui/page';
import { Notice } from '../ui/state';
import { GrantChips } from './grant-chips';
import { GrantGrid } from './grant-grid';
import { grantsOf, type Line, ordered } from './grants';
import { type Affected, losersOf, RolePreview, useRolePreview } from './role-preview';

const Query = graphql`
  query roleEditorQuery($id: ID!, $known: Boolean!) @preloadable {
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
      ... on Role {
        org {
          id
        }
        name
        description
        updatedAt
        grants {
          module
          actions
          scope
        }
        subAccounts(first: 1) {
          totalCount
        }
      }
    }
  }
`;

const CreateMutation = graphql`
  mutation roleEditorCreateMutation($input: CreateRoleInput!) {
    createRole(input: $input) {
      role {
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
  mutation roleEditorUpdateMutation($input: UpdateRoleInput!) {
    updateRole(input: $input) {
      role {
        id
        name
        description
        updatedAt
        grants {
          module
          actions
          scope
        }
        modules
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
  query roleEditorTheirsQuery($id: ID!) {
    node(id: $id) {
      id
      ... on Role {
        name
        description
        updatedAt
        grants {
          module
          actions
          scope
        }
      }
    }
  }
`;

interface Form {
  name: string;
  description: string;
  lines: Line[];
}

interface Theirs {
  form: Form;
  updatedAt: string;
}

interface Saved {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly grants?: readonly Line[] | null | undefined;
}

const formOf = (role: Saved | null | undefined, name: string): Form => ({
  name,
  description: role?.description ?? '',
  lines: (role?.grants ?? []).map(({ module, scope, actions }) => ({ module, scope, actions })),
});

/** The editor of a role: name and description, the grid of grants, and who gains and loses what. */
export function RoleEditor() {
  const say = useText();
  const listed = useNames();
  const orgId = useOrgId();
  const id = useAddress()['role'] ?? null;
  const navigate = useNavigate();
  const { modules: all, node } = useScreen<roleEditorQuery>(Query);
  const modules = all.filter(({ grantable }) => grantable);
  const copied = !id && node?.name ? say('role.copyOf', { name: node.name }).slice(0, 20) : '';
  const environment = useRelayEnvironment();
  const [form, edit, draft] = useDraft<Form>(
    `/o/${orgId}/settings/roles/${id ?? 'new'}`,
    formOf(node, id ? (node?.name ?? '') : copied),
    (id && node?.updatedAt) || null,
  );
  const [theirs, setTheirs] = useState<Theirs | null>(null);
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [asking, setAsking] = useState<{ values: Form; version: string | null; losers: readonly Affected[] } | null>(
    null,
  );
  const [looking, setLooking] = useState(false);
  const [create, creating] = useWrite<roleEditorCreateMutation>(CreateMutation);
  const [update, updating] = useWrite<roleEditorUpdateMutation>(UpdateMutation);
  const grants = grantsOf(form.lines);
  const people = useRolePreview(orgId, id, grants, modules);
  if ((id && !node) || (node && node.org?.id !== orgId)) return <NotFound />;

  const list = { to: `/o/${orgId}/settings/roles`, label: say('role.title') };
  const leave = (marked?: string) =>
    void navigate({ to: list.to as never, search: (marked ? { marked } : {}) as never });
  const save = async (values: Form, expectedUpdatedAt: string | null) => {
    setAsking(null);
    try {
      const { name, description } = values;
      const given = grantsOf(values.lines);
      const payload = id
        ? (await update({ input: { orgId, id, name, description, grants: given, expectedUpdatedAt } })).updateRole
        : (await create({ input: { orgId, name, description, grants: given } })).createRole;
      const wrong = payload?.userErrors ?? [];
      if (id && wrong.some(({ code }) => code === 'CHANGED_MEANWHILE')) {
        const found = (
          await fetchQuery<roleEditorTheirsQuery>(
            environment,
            TheirsQuery,
            { id },
            { fetchPolicy: 'network-only' },
          ).toPromise()
        )?.node;
        if (found?.updatedAt) setTheirs({ form: formOf(found, found.name ?? ''), updatedAt: found.updatedAt });
        else tell('failed', say('conflict.gone', { name }));
        return;
      }
      setTheirs(null);
      setErrors(wrong);
      if (!payload || wrong.length > 0) return;
      tell('done', id ? say('role.saved', { name }) : say('role.created', { name }));
      draft.forget();
      leave(payload.role?.id);
    } catch (error) {
      tell('failed', (error as Error).message);
    }
  };
  // Whoever loses something is named before it is saved; what the preview shows may be of a moment ago.
  const ask = async (values: Form, version: string | null) => {
    if (!id) return save(values, version);
    setLooking(true);
    try {
      const losers = await losersOf(environment, { orgId, id, grants: grantsOf(values.lines) }, modules);
      if (losers.length === 0) return await save(values, version);
      setTheirs(null);
      setAsking({ values, version, losers });
    } catch (error) {
      tell('failed', (error as Error).message);
    } finally {
      setLooking(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void ask(form, draft.version);
  };
  const busy = looking || creating || updating;
  const compared = (of: Form) => ({
    ...of,
    lines: ordered(
      grantsOf(of.lines),
      modules.map(({ module }) => module),
    ),
  });
  return (
    <Page
      title={id ? (node?.name ?? '') : say('role.new')}
      back={list}
      {...(id && { actions: <EventsOf orgId={orgId} id={id} name={node?.name ?? ''} /> })}
    >
      <form className="form" onSubmit={submit}>
        <div className="role-editor">
          <Card title={say('role.basics')}>
            {otherErrors(errors, 'name', 'description').map((message) => (
              <Notice key={message} kind="bad" alert>
                {message}
              </Notice>
            ))}
            <TextField
              label={say('role.name')}
              value={form.name}
              onChange={(name) => edit({ name })}
              required
              maxLength={20}
              autoFocus={!id}
              hint={say('role.nameHint')}
              error={errorAt(errors, 'name')}
            />
            <TextArea
              label={say('role.description')}
              value={form.description}
              onChange={(description) => edit({ description })}
              maxLength={200}
              hint={say('role.descriptionHint')}
              error={errorAt(errors, 'description')}
            />
          </Card>
          <div className="page-column">
            <div className="grant-card">
              <Card title={say('role.grants')} about={say('role.grantsAbout')}>
                <GrantGrid modules={modules} lines={form.lines} onChange={(lines) => edit({ lines })} />
              </Card>
            </div>
            <Card
              title={say('role.preview')}
              about={
                id ? say('role.previewAbout', { count: node?.subAccounts?.totalCount ?? 0 }) : say('role.previewNew')
              }
            >
              <RolePreview orgId={orgId} id={id} grants={grants} people={people} modules={modules} />
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
      {asking && (
        <Confirm
          open
          onClose={() => setAsking(null)}
          title={say('role.losesTitle', { count: asking.losers.length })}
          action={say('ui.save')}
          warns
          busy={busy}
          onConfirm={() => void save(asking.values, asking.version)}
        >
          <p>{say('role.losesAbout', { names: listed(asking.losers.map(({ name }) => name)) })}</p>
          <RolePreview
            orgId={orgId}
            id={id}
            grants={grantsOf(asking.values.lines)}
            people={asking.losers}
            modules={modules}
          />
        </Confirm>
      )}
      {theirs && (
        <Conflict<Form>
          name={draft.base.name}
          base={compared(draft.base)}
          mine={compared(form)}
          theirs={compared(theirs.form)}
          busy={busy}
          fields={[
            { id: 'name', label: say('role.name'), show: ({ name }) => name },
            {
              id: 'description',
              label: say('role.description'),
              show: ({ description }) => description || <span className="faint">{say('conflict.empty')}</span>,
            },
            {
              id: 'lines',
              label: say('role.grants'),
              show: ({ lines }) => <GrantChips lines={lines} modules={modules} />,
            },
          ]}
          onKeep={(values) => {
            draft.rebase(values, theirs.form, theirs.updatedAt);
            void ask(values, theirs.updatedAt);
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
