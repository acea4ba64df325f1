import { useEffect, useMemo, useState } from 'react';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';
import type { IEnvironment } from 'relay-runtime';
import type { rolePreviewFieldsQuery } from '../__generated__/rolePreviewFieldsQuery.graphql';
import type { rolePreviewQuery, rolePreviewQuery$data } from '../__generated__/rolePreviewQuery.graphql';
import { useText } from '../app/text';
import { Avatar, Chip } from '../ui/bits';
import { Button } from '../ui/button';
import type { ModuleInfo } from './grant-grid';
import { type Change, changesOf, type Grant, loses } from './grants';

const Query = graphql`
  query rolePreviewQuery($input: PreviewRoleInput!) {
    previewRole(input: $input) {
      subAccounts {
        subAccount {
          id
          name
        }
        grantsBefore {
          module
          actions
          scope
        }
        grantsAfter {
          module
          actions
          scope
        }
      }
    }
  }
`;

const FieldsQuery = graphql`
  query rolePreviewFieldsQuery($input: PreviewRoleInput!) {
    previewRole(input: $input) {
      subAccounts {
        subAccount {
          id
        }
        gains
        loses
      }
    }
  }
`;

/** Somebody whom a change of a role concerns, and what changes. */
export interface Affected {
  id: string;
  name: string;
  changes: Change[];
}

type People = NonNullable<rolePreviewQuery$data['previewRole']>['subAccounts'];

/** What a role is about to be. */
interface Wanted {
  orgId: string;
  id: string;
  grants: readonly Grant[];
}

function preview(environment: IEnvironment, input: Wanted) {
  return fetchQuery<rolePreviewQuery>(environment, Query, { input }, { fetchPolicy: 'network-only' });
}

function affected(people: People, modules: readonly ModuleInfo[]): Affected[] {
  const names = modules.map(({ module }) => module);
  return people
    .map(({ subAccount, grantsBefore, grantsAfter }) => ({
      ...subAccount,
      changes: changesOf(grantsBefore, grantsAfter, names),
    }))
    .filter(({ changes }) => changes.length > 0);
}

/** Returns those who lose something when the role has these grants, as of now. */
export async function losersOf(
  environment: IEnvironment,
  wanted: Wanted,
  modules: readonly ModuleInfo[],
): Promise<Affected[]> {
  const people = (await preview(environment, wanted).toPromise())?.previewRole?.subAccounts ?? [];
  return affected(people, modules).filter(({ changes }) => changes.some(loses));
}

/** How long a change of the grid waits before its effects are requested, in milliseconds. */
const wait = 250;

/** Returns who gains and loses what when the role has these grants; null while it is being found out. */
export function useRolePreview(
  orgId: string,
  id: string | null,
  grants: readonly Grant[],
  modules: readonly ModuleInfo[],
): readonly Affected[] | null {
  const environment = useRelayEnvironment();
  const [found, setFound] = useState<{ of: string; people: People } | null>(null);
  const wanted = JSON.stringify(grants);
  useEffect(() => {
    if (!id) return;
    let running: { unsubscribe(): void } | null = null;
    const timer = setTimeout(() => {
      running = preview(environment, { orgId, id, grants: JSON.parse(wanted) as Grant[] }).subscribe({
        next: ({ previewRole }) => setFound({ of: wanted, people: previewRole?.subAccounts ?? [] }),
        error: () => setFound(null),
      });
    }, wait);
    return () => {
      clearTimeout(timer);
      running?.unsubscribe();
    };
  }, [environment, orgId, id, wanted]);
  return useMemo(() => {
    if (!id) return [];
    if (found?.of !== wanted) return null;
    return affected(found.people, modules);
  }, [id, found, wanted, modules]);
}

/** Who gains and who loses what, as module, action and scope; the fields by name on demand. */
export function RolePreview({
  orgId,
  id,
  grants,
  people,
  modules,
}: {
  orgId: string;
  id: string | null;
  grants: readonly Grant[];
  people: readonly Affected[] | null;
  modules: readonly ModuleInfo[];
}) {
  const say = useText();
  const environment = useRelayEnvironment();
  const [fields, setFields] = useState<{
    of: string;
    by: Record<string, { gains: readonly string[]; loses: readonly string[] }>;
  } | null>(null);
  const wanted = JSON.stringify(grants);
  if (people === null)
    return (
      <p className="faint" role="status">
        {say('role.previewing')}
      </p>
    );
  if (people.length === 0)
    return (
      <p className="faint" role="status">
        {say('role.nobody')}
      </p>
    );
  const show = () =>
    fetchQuery<rolePreviewFieldsQuery>(environment, FieldsQuery, { input: { orgId, id, grants } }).subscribe({
      next: ({ previewRole }) =>
        setFields({
          of: wanted,
          by: Object.fromEntries(
            (previewRole?.subAccounts ?? []).map(({ subAccount, gains, loses }) => [subAccount.id, { gains, loses }]),
          ),
        }),
    });
  const shown = fields?.of === wanted ? fields.by : null;
  return (
    <>
      <ul className="preview" aria-live="polite">
        {people.map((person) => (
          <li key={person.id}>
            <span className="name">
              <Avatar name={person.name} size={24} />
              {person.name}
            </span>
            <span className="changes">
              {person.changes.map((change) => (
                <ChangeChip key={`${change.module}.${change.action}`} change={change} modules={modules} />
              ))}
            </span>
            {shown?.[person.id] && (
              <p className="fields">
                {[
                  ...(shown[person.id]?.gains.map((field) => `+ ${field}`) ?? []),
                  ...(shown[person.id]?.loses.map((field) => `− ${field}`) ?? []),
                ].join('  ')}
              </p>
            )}
          </li>
        ))}
      </ul>
      {!shown && (
        <div>
          <Button kind="link" onPress={show}>
            {say('role.showFields')}
          </Button>
        </div>
      )}
    </>
  );
}

function ChangeChip({ change, modules }: { change: Change; modules: readonly ModuleInfo[] }) {
  const say = useText();
  const what = `${modules.find(({ module }) => module === change.module)?.name ?? change.module} · ${say(`role.action.${change.action}`)}`;
  const { before, after } = change;
  const rows =
    before && after
      ? say('role.scopeChange', { before: say(`role.scope.${before}`), after: say(`role.scope.${after}`) })
      : '';
  return loses(change) ? (
    <Chip kind="gone">{say('role.loses', { what, rows })}</Chip>
  ) : (
    <Chip kind="come">{say('role.gains', { what, rows })}</Chip>
  );
}
