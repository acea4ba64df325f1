import './role-editor.css';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { graphql } from 'react-relay';
import type { roleEditorCreateMutation } from '../__generated__/roleEditorCreateMutation.graphql';
import type { roleEditorQuery } from '../__generated__/roleEditorQuery.graphql';
import type { roleEditorUpdateMutation } from '../__generated__/roleEditorUpdateMutation.graphql';
import { useDraft } from '../app/drafts';
import { tell } from '../app/news';
import { NotFound } from '../app/refused';
import { useAddress, useOrgId, useScreen } from '../app/screen';
import { useText } from '../app/text';
import { errorAt, otherErrors, useWrite, type UserError } from '../app/write';
import { Button } from '../ui/button';
import { Confirm } from '../ui/dialog';
import { TextArea, TextField } from '../ui/field';
import { Card, FormFoot, Page } from '../ui/page';
import { Notice } from '../ui/state';
import { GrantGrid } from './grant-grid';
import { grantsOf, type Line, loses } from './grants';
import { RolePreview, useRolePreview } from './role-preview';

const Query = graphql`
  query roleEditorQuery($id: ID!, $known: Boolean!) @preloadable {
    modules { module name description grantable actions scopes }
    node(id: $id) @include(if: $known) {
      id
      ... on Role {
        org { id }
        name description updatedAt
        grants { module actions scope }
        subAccounts(first: 1) { totalCount }
      }
    }
  }
`;

const CreateMutation = graphql`
  mutation roleEditorCreateMutation($input: CreateRoleInput!) {
    createRole(input: $input) { role { id name } userErrors { code message field } }
  }
`;

const UpdateMutation = graphql`
  mutation roleEditorUpdateMutation($input: UpdateRoleInput!) {
    updateRole(input: $input) {
      role { id name description updatedAt grants { module actions scope } modules }
      userErrors { code message field }
    }
  }
`;

interface Form {
  name: string;
  description: string;
  lines: Line[];
}

/** The editor of a role: name and description, the grid of grants, and who gains and loses what. */
export function RoleEditor() {
  const say = useText();
  const orgId = useOrgId();
  const id = useAddress()['role'] ?? null;
  const navigate = useNavigate();
  const { modules: all, node } = useScreen<roleEditorQuery>(Query);
  const modules = all.filter(({ grantable }) => grantable);
  const copied = !id && node?.name ? say('role.copyOf', { name: node.name }).slice(0, 20) : '';
  const saved: Form = { name: id ? (node?.name ?? '') : copied, description: node?.description ?? '', lines: (node?.grants ?? []).map((grant) => ({ ...grant })) };
  const [form, edit, draft] = useDraft<Form>(`/o/${orgId}/settings/roles/${id ?? 'new'}`, saved);
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [asking, setAsking] = useState(false);
  const [create, creating] = useWrite<roleEditorCreateMutation>(CreateMutation);
  const [update, updating] = useWrite<roleEditorUpdateMutation>(UpdateMutation);
  const grants = grantsOf(form.lines);
  const people = useRolePreview(orgId, id, grants, modules);
  const losers = (people ?? []).filter(({ changes }) => changes.some(loses));
  if ((id && !node) || (node && node.org?.id !== orgId)) return <NotFound />;

  const list = { to: `/o/${orgId}/settings/roles`, label: say('role.title') };
  const leave = (marked?: string) => void navigate({ to: list.to as never, search: (marked ? { marked } : {}) as never });
  const save = async () => {
    setAsking(false);
    try {
      const { name, description } = form;
      const payload = id
        ? (await update({ input: { orgId, id, name, description, grants, expectedUpdatedAt: node?.updatedAt ?? null } })).updateRole
        : (await create({ input: { orgId, name, description, grants } })).createRole;
      setErrors(payload?.userErrors ?? []);
      if (!payload || payload.userErrors.length > 0) return;
      tell('done', id ? say('role.saved', { name }) : say('role.created', { name }));
      draft.forget();
      leave(payload.role?.id);
    } catch (error) {
      tell('failed', (error as Error).message);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (losers.length > 0) setAsking(true);
    else void save();
  };
  const busy = creating || updating;
  return (
    <Page title={id ? (node?.name ?? '') : say('role.new')} back={list}>
      <form className="form" onSubmit={submit}>
        <div className="role-editor">
          <Card title={say('role.basics')}>
            {otherErrors(errors, 'name', 'description').map((message) => <Notice key={message} kind="bad" alert>{message}</Notice>)}
            <TextField label={say('role.name')} value={form.name} onChange={(name) => edit({ name })} required maxLength={20} autoFocus={!id} hint={say('role.nameHint')} error={errorAt(errors, 'name')} />
            <TextArea label={say('role.description')} value={form.description} onChange={(description) => edit({ description })} maxLength={200} hint={say('role.descriptionHint')} error={errorAt(errors, 'description')} />
          </Card>
          <div className="page-column">
            <div className="grant-card"><Card title={say('role.grants')} about={say('role.grantsAbout')}><GrantGrid modules={modules} lines={form.lines} onChange={(lines) => edit({ lines })} /></Card></div>
            <Card title={say('role.preview')} about={id ? say('role.previewAbout', { count: node?.subAccounts?.totalCount ?? 0 }) : say('role.previewNew')}>
              <RolePreview orgId={orgId} id={id} grants={grants} people={people} modules={modules} />
            </Card>
          </div>
        </div>
        <FormFoot {...(draft.changed && { said: say('ui.unsaved') })}>
          <Button onPress={() => { draft.forget(); leave(); }}>{say('ui.cancel')}</Button>
          <Button kind="primary" type="submit" busy={busy} isDisabled={id !== null && !draft.changed}>{id ? say('ui.save') : say('role.create')}</Button>
        </FormFoot>
      </form>
      <Confirm open={asking} onClose={() => setAsking(false)} title={say('role.losesTitle', { count: losers.length })} action={say('ui.save')} warns busy={busy} onConfirm={() => void save()}>
        <p>{say('role.losesAbout', { names: losers.map(({ name }) => name).join('、') })}</p>
        <RolePreview orgId={orgId} id={id} grants={grants} people={losers} modules={modules} />
      </Confirm>
    </Page>
  );
}
