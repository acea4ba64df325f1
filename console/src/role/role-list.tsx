import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { graphql } from 'react-relay';
import type { roleListQuery, roleListQuery$data } from '../__generated__/roleListQuery.graphql';
import { orgOf, useViewer, type Module } from '../app/access';
import { useNames } from '../app/names';
import { useOrgId, useScreen, useSearchState } from '../app/screen';
import { useText } from '../app/text';
import { Chip, Chips } from '../ui/bits';
import { Button } from '../ui/button';
import { TextField } from '../ui/field';
import { Icon } from '../ui/icon';
import { Page } from '../ui/page';
import { Select } from '../ui/select';
import { Empty, NoMatch } from '../ui/state';
import { type Column, List, Pager, QueryBar, Table, Toolbar } from '../ui/table';
import { Moment } from '../ui/time';
import { DeleteRole } from './role-delete';
import type { RoleSearch } from './screens';

const Query = graphql`
  query roleListQuery($org: ID!, $first: Int!, $offset: Int!, $orderBy: RoleOrder!, $filter: RoleFilter!) @preloadable {
    modules {
      module
      name
      grantable
    }
    org(id: $org) {
      id
      roles(first: $first, offset: $offset, orderBy: $orderBy, filter: $filter) {
        totalCount
        nodes {
          id
          name
          description
          modules
          updatedAt
          subAccounts(first: 3) {
            totalCount
            nodes {
              id
              name
            }
          }
        }
      }
    }
  }
`;

type Role = NonNullable<NonNullable<roleListQuery$data['org']>['roles']>['nodes'][number];

/** 岗位管理: the roles of the org, what each opens and who holds it. */
export function RoleList() {
  const say = useText();
  const listed = useNames();
  const orgId = useOrgId();
  const zone = orgOf(useViewer(), orgId)?.timeZone;
  const navigate = useNavigate();
  const [state, change] = useSearchState<RoleSearch>();
  const [deleting, setDeleting] = useState<Role | null>(null);
  const { modules, org } = useScreen<roleListQuery>(Query);
  const roles = org?.roles;
  const nameOf = (module: Module) => modules.find((one) => one.module === module)?.name ?? module;
  const to = (path: string) => `/o/${orgId}/settings/${path}` as never;
  const [field, direction] = state.sort.split(':');
  const filters = { search: state.search, module: state.module };
  const none = { search: '', module: '' as const };
  const query = (part: Partial<RoleSearch>) => change({ ...part, page: 1 });

  const columns: Column<Role>[] = [
    {
      id: 'name',
      title: say('role.name'),
      sort: 'NAME',
      as: 'lead',
      cell: (role) => (
        <>
          <Link to={to(`roles/${role.id}`)} className="main">
            {role.name}
          </Link>
          {role.description && <span className="more">{role.description}</span>}
        </>
      ),
    },
    {
      id: 'modules',
      title: say('role.modules'),
      cell: (role) =>
        role.modules.length === 0 ? (
          <span className="faint">{say('role.noModules')}</span>
        ) : (
          <Chips>
            {role.modules.map((module) => (
              <Chip key={module}>{nameOf(module)}</Chip>
            ))}
          </Chips>
        ),
    },
    {
      id: 'holders',
      title: say('role.holders'),
      cell: ({ id, subAccounts: { totalCount, nodes } }) =>
        totalCount === 0 ? (
          <span className="faint">{say('role.noHolders')}</span>
        ) : (
          <Link to={to('accounts')} search={{ role: [id] } as never}>
            {say('role.holdersOf', { names: listed(nodes.map(({ name }) => name)), count: totalCount })}
          </Link>
        ),
    },
    {
      id: 'updated',
      title: say('role.updatedAt'),
      cell: (role) => (
        <span className="faint">
          <Moment at={role.updatedAt} zone={zone} />
        </span>
      ),
    },
    {
      id: 'acts',
      title: say('ui.acts'),
      as: 'acts',
      end: true,
      cell: (role) => (
        <>
          <Link to={to(`roles/${role.id}`)}>{say('ui.edit')}</Link>
          <Link to={to('roles/new')} search={{ copy: role.id } as never}>
            {say('ui.duplicate')}
          </Link>
          <Button kind="link" warns onPress={() => setDeleting(role)}>
            {say('ui.delete')}
          </Button>
        </>
      ),
    },
  ];

  const rows = roles?.nodes ?? [];
  const filtered = state.search !== '' || state.module !== '';
  const add = (
    <Link to={to('roles/new')} className="button primary">
      <Icon name="add" />
      {say('role.new')}
    </Link>
  );
  return (
    <Page title={say('role.title')} about={say('role.about')}>
      <QueryBar filters={filters} none={none} onQuery={query}>
        {(draft, edit) => (
          <>
            <TextField
              label={say('role.search')}
              value={draft.search}
              onChange={(search) => edit({ search })}
              type="search"
              placeholder={say('role.searchWhat')}
            />
            <Select
              label={say('role.module')}
              value={draft.module || 'any'}
              onChange={(module) => edit({ module: module === 'any' ? '' : (module as Module) })}
              options={[
                { value: 'any', label: say('ui.any') },
                ...modules
                  .filter(({ grantable }) => grantable)
                  .map(({ module, name }) => ({ value: module as string, label: name })),
              ]}
            />
          </>
        )}
      </QueryBar>
      <List>
        <Toolbar title={say('role.list')}>{add}</Toolbar>
        {rows.length > 0 ? (
          <Table
            label={say('role.title')}
            columns={columns}
            rows={rows}
            marked={state.marked}
            sort={{ field: field ?? '', direction: direction === 'DESC' ? 'DESC' : 'ASC' }}
            onSort={(sort) => query({ sort: `${sort.field}:${sort.direction}` })}
          />
        ) : filtered ? (
          <NoMatch
            filters={[state.search, state.module && nameOf(state.module)].filter(Boolean)}
            onClear={() => query(none)}
          />
        ) : (
          <Empty icon="key" title={say('role.empty')} action={add}>
            {say('role.emptyAbout')}
          </Empty>
        )}
        {rows.length > 0 && (
          <Pager
            total={roles?.totalCount}
            page={state.page}
            size={state.size}
            onPage={(page) => change({ page })}
            onSize={(size) => query({ size })}
          />
        )}
      </List>
      <DeleteRole
        role={deleting}
        onClose={() => setDeleting(null)}
        onHolders={(role) => void navigate({ to: to('accounts'), search: { role: [role.id] } as never })}
      />
    </Page>
  );
}
