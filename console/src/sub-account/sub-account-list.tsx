import { Link } from '@tanstack/react-router';
import { Suspense, useState } from 'react';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';
import type { subAccountListIdsQuery } from '../__generated__/subAccountListIdsQuery.graphql';
import type { subAccountListQuery, subAccountListQuery$data } from '../__generated__/subAccountListQuery.graphql';
import { orgOf, useViewer } from '../app/access';
import { part } from '../app/code';
import { tell } from '../app/news';
import { useOrgId, useScreen, useSearchState } from '../app/screen';
import { useText } from '../app/text';
import { Picked } from '../batch/picked';
import type { Outcome } from '../batch/run';
import { Avatar, Chip, Chips, Status } from '../ui/bits';
import { Button } from '../ui/button';
import { TextField } from '../ui/field';
import { Icon } from '../ui/icon';
import { Page } from '../ui/page';
import { Select } from '../ui/select';
import { Empty, NoMatch } from '../ui/state';
import { BatchBar, type Column, List, Pager, QueryBar, type Selection, Table, Toolbar } from '../ui/table';
import { Moment } from '../ui/time';
import { contactOf } from './contact';
import { filterOf, type Status as StatusOf, type SubAccountSearch } from './screens';
import type { Act, Batch } from './sub-account-batch';
import { useLiveSubAccounts } from './sub-account-live';

const SubAccountBatch = part(() => import('./sub-account-batch').then((module) => module.SubAccountBatch));

const Query = graphql`
  query subAccountListQuery(
    $org: ID!
    $first: Int!
    $offset: Int!
    $orderBy: SubAccountOrder!
    $filter: SubAccountFilter!
  ) @preloadable {
    org(id: $org) {
      id
      roles(first: 100) {
        nodes {
          id
          name
        }
      }
      subAccounts(first: $first, offset: $offset, orderBy: $orderBy, filter: $filter) {
        totalCount
        nodes {
          id
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
        }
      }
    }
  }
`;

const IdsQuery = graphql`
  query subAccountListIdsQuery($org: ID!, $offset: Int!, $filter: SubAccountFilter!) {
    org(id: $org) {
      id
      subAccounts(first: 100, offset: $offset, filter: $filter) {
        nodes {
          id
          name
        }
      }
    }
  }
`;

type SubAccount = NonNullable<NonNullable<subAccountListQuery$data['org']>['subAccounts']>['nodes'][number];

/** The most rows that are selected at once by their filter. */
const most = 1000;
const none = { search: '', status: '' as const, role: '' };

/** 帐号管理: the sub-accounts of the org, and what can be done with one or with many. */
export function SubAccountList() {
  const say = useText();
  const orgId = useOrgId();
  const zone = orgOf(useViewer(), orgId)?.timeZone;
  const [state, change] = useSearchState<SubAccountSearch>();
  const { org } = useScreen<subAccountListQuery>(Query);
  useLiveSubAccounts(orgId);
  const filters = { search: state.search, status: state.status, role: state.role };
  const { selection, select, selectAll, selecting } = useSelection(orgId, filters);
  const [batch, setBatch] = useState<Batch | null>(null);
  const [showing, setShowing] = useState(false);
  const accounts = org?.subAccounts;
  const rows = accounts?.nodes ?? [];
  const total = accounts?.totalCount ?? 0;
  const roles = org?.roles?.nodes ?? [];
  const to = (path: string) => `/o/${orgId}/settings/accounts${path}` as never;
  const query = (part: Partial<SubAccountSearch>) => change({ ...part, page: 1 });
  const [field, direction] = state.sort.split(':');
  const start = (act: Act, row?: SubAccount) =>
    setBatch({ act, items: row ? [row] : [...selection].map(([id, name]) => ({ id, name })) });
  const ran = (outcomes: ReadonlyMap<string, Outcome>) =>
    select(new Map([...selection].filter(([id]) => outcomes.get(id)?.state !== 'done')));

  const columns: Column<SubAccount>[] = [
    {
      id: 'name',
      title: say('subAccount.name'),
      sort: 'NAME',
      as: 'lead',
      cell: (row) => (
        <span className="person">
          <Avatar name={row.name} size={32} />
          <Link to={to(`/${row.id}`)} className="main">
            {row.name}
          </Link>
        </span>
      ),
    },
    {
      id: 'contact',
      title: say('subAccount.contact'),
      cell: (row) => <span className="numbers">{contactOf(row)}</span>,
    },
    {
      id: 'roles',
      title: say('subAccount.roles'),
      cell: (row) => (
        <Chips>
          {row.roles.map((role) => (
            <Chip key={role.id}>{role.name}</Chip>
          ))}
        </Chips>
      ),
    },
    { id: 'status', title: say('subAccount.status'), cell: (row) => <SubAccountStatus status={row.status} /> },
    {
      id: 'active',
      title: say('subAccount.lastActive'),
      sort: 'LAST_ACTIVE_AT',
      cell: (row) => (
        <span className="faint">
          {row.lastActiveAt ? <Moment at={row.lastActiveAt} zone={zone} /> : say('subAccount.never')}
        </span>
      ),
    },
    {
      id: 'created',
      title: say('subAccount.created'),
      sort: 'CREATED_AT',
      cell: (row) => (
        <span className="faint">
          <Moment at={row.createdAt} zone={zone} />
        </span>
      ),
    },
    {
      id: 'acts',
      title: say('ui.acts'),
      as: 'acts',
      end: true,
      cell: (row) => (
        <>
          <Link to={to(`/${row.id}`)}>{say('ui.edit')}</Link>
          {row.status === 'ENABLED' ? (
            <Button kind="link" onPress={() => start('disable', row)}>
              {say('subAccount.act.disable')}
            </Button>
          ) : (
            <Button kind="link" onPress={() => start('enable', row)}>
              {say('subAccount.act.enable')}
            </Button>
          )}
          <Button kind="link" warns onPress={() => start('delete', row)}>
            {say('ui.delete')}
          </Button>
        </>
      ),
    },
  ];

  const roleName = roles.find(({ id }) => id === state.role)?.name ?? '';
  const filtered = state.search !== '' || state.status !== '' || state.role !== '';
  const add = (
    <Link to={to('/new')} className="button primary">
      <Icon name="add" />
      {say('subAccount.new')}
    </Link>
  );
  return (
    <Page title={say('subAccount.title')} about={say('subAccount.about')}>
      <QueryBar filters={filters} none={none} onQuery={query}>
        {(draft, edit) => (
          <>
            <TextField
              label={say('subAccount.search')}
              value={draft.search}
              onChange={(search) => edit({ search })}
              type="search"
              placeholder={say('subAccount.searchWhat')}
            />
            <Select
              label={say('subAccount.roles')}
              value={draft.role || 'any'}
              onChange={(role) => edit({ role: role === 'any' ? '' : role })}
              options={[
                { value: 'any', label: say('ui.any') },
                ...roles.map(({ id, name }) => ({ value: id, label: name })),
              ]}
            />
            <Select
              label={say('subAccount.status')}
              value={draft.status || 'any'}
              onChange={(status) => edit({ status: status === 'any' ? '' : (status as StatusOf) })}
              options={[
                { value: 'any', label: say('ui.any') },
                ...(['ENABLED', 'DISABLED'] as const).map((status) => ({
                  value: status as string,
                  label: say(`subAccount.is.${status}`),
                })),
              ]}
            />
          </>
        )}
      </QueryBar>
      <List>
        <Toolbar title={say('subAccount.list')}>{add}</Toolbar>
        <BatchBar
          selection={selection}
          onClear={() => select(new Map())}
          onShow={() => setShowing(true)}
          all={
            (total > rows.length || !rows.every(({ id }) => selection.has(id))) &&
            total > selection.size &&
            total <= most
              ? { count: total, busy: selecting, select: () => void selectAll() }
              : undefined
          }
        >
          <Button onPress={() => start('enable')}>{say('subAccount.act.enable')}</Button>
          <Button onPress={() => start('disable')}>{say('subAccount.act.disable')}</Button>
          <Button onPress={() => start('delete')}>{say('ui.delete')}</Button>
        </BatchBar>
        {rows.length > 0 ? (
          <Table
            label={say('subAccount.title')}
            columns={columns}
            rows={rows}
            marked={state.marked}
            selection={selection}
            onSelect={select}
            nameOf={(row) => row.name}
            sort={{ field: field ?? '', direction: direction === 'DESC' ? 'DESC' : 'ASC' }}
            onSort={(sort) => query({ sort: `${sort.field}:${sort.direction}` })}
          />
        ) : filtered ? (
          <NoMatch
            filters={[state.search, roleName, state.status && say(`subAccount.is.${state.status}`)].filter(Boolean)}
            onClear={() => query(none)}
          />
        ) : (
          <Empty icon="people" title={say('subAccount.empty')} action={add}>
            {say('subAccount.emptyAbout')}
          </Empty>
        )}
        {rows.length > 0 && (
          <Pager
            total={total}
            page={state.page}
            size={state.size}
            onPage={(page) => change({ page })}
            onSize={(size) => query({ size })}
          />
        )}
      </List>
      <Picked
        open={showing && selection.size > 0}
        selection={selection}
        onSelect={select}
        onClose={() => setShowing(false)}
      />
      {batch && (
        <Suspense>
          <SubAccountBatch batch={batch} onRan={ran} onClose={() => setBatch(null)} />
        </Suspense>
      )}
    </Page>
  );
}

/** Whether a sub-account can be used, in a word. */
export function SubAccountStatus({ status }: { status: StatusOf }) {
  const say = useText();
  return <Status kind={status === 'ENABLED' ? 'good' : 'off'}>{say(`subAccount.is.${status}`)}</Status>;
}

// useSelection keeps what is selected across pages. All results of a filter are selected for that filter alone: with
// another one they are dropped.
function useSelection(orgId: string, filters: Pick<SubAccountSearch, 'search' | 'status' | 'role'>) {
  const environment = useRelayEnvironment();
  const [selected, setSelected] = useState<{ rows: Selection; of: string | null }>({ rows: new Map(), of: null });
  const [selecting, setSelecting] = useState(false);
  const inForce = JSON.stringify(filters);
  const dropped = selected.of !== null && selected.of !== inForce;
  const selection: Selection = dropped ? new Map() : selected.rows;
  const select = (rows: Selection) =>
    setSelected((before) => ({ rows, of: rows.size > 0 && !dropped ? before.of : null }));
  const selectAll = async () => {
    setSelecting(true);
    try {
      const rows = new Map<string, string>();
      for (let offset = 0; offset < most; offset += 100) {
        const found = await fetchQuery<subAccountListIdsQuery>(
          environment,
          IdsQuery,
          { org: orgId, offset, filter: filterOf(filters) },
          { fetchPolicy: 'network-only' },
        ).toPromise();
        const nodes = found?.org?.subAccounts?.nodes ?? [];
        for (const { id, name } of nodes) rows.set(id, name);
        if (nodes.length < 100) break;
      }
      setSelected({ rows, of: inForce });
    } catch (error) {
      tell('failed', (error as Error).message);
    } finally {
      setSelecting(false);
    }
  };
  return { selection, select, selectAll, selecting };
}
