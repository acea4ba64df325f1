import './audit.css';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';
import type { auditListActorsQuery } from '../__generated__/auditListActorsQuery.graphql';
import type { auditListQuery, auditListQuery$data } from '../__generated__/auditListQuery.graphql';
import { orgOf, useMay, useViewer } from '../app/access';
import { useNames } from '../app/names';
import { useOrgId, useScreen, useSearchState } from '../app/screen';
import { useText } from '../app/text';
import { Button } from '../ui/button';
import { TextField } from '../ui/field';
import { Page } from '../ui/page';
import { Picker } from '../ui/picker';
import { Select } from '../ui/select';
import { Empty, NoMatch, Notice } from '../ui/state';
import { type Column, List, Pager, QueryBar, Table, Toolbar } from '../ui/table';
import { Moment } from '../ui/time';
import { AuditExport } from './audit-export';
import { Actor, OutcomeOf } from './audit-parts';
import { type NewEvent, type Tail, useTail } from './audit-tail';
import { type AuditFilters, type AuditSearch, filterOf, noFilters, type Outcome } from './screens';
import { operations, useWords } from './words';

const Query = graphql`
  query auditListQuery($org: ID!, $first: Int!, $offset: Int!, $filter: AuditEventFilter!) @preloadable {
    org(id: $org) {
      id
      newest: auditEvents(first: 1) {
        nodes {
          id
        }
      }
      auditEvents(first: $first, offset: $offset, filter: $filter) {
        totalCount
        nodes {
          id
          at
          operation
          outcome
          code
          count
          actor {
            kind
            actorId
            name
          }
          targets(first: 2) {
            totalCount
            nodes {
              targetId
              type
              label
            }
          }
        }
      }
    }
  }
`;

const ActorsQuery = graphql`
  query auditListActorsQuery($org: ID!, $search: String!) {
    org(id: $org) {
      id
      auditActors(first: 20, filter: { search: $search }) {
        nodes {
          actorId
          name
        }
      }
    }
  }
`;

type Event = NonNullable<NonNullable<auditListQuery$data['org']>['auditEvents']>['nodes'][number];

/** 操作日志: who did what, newest first, with filters, and live. */
export function AuditList() {
  const say = useText();
  const orgId = useOrgId();
  const org = orgOf(useViewer(), orgId);
  const zone = org?.timeZone;
  const mayExport = useMay(orgId, { module: 'AUDIT_LOG', action: 'EXPORT' });
  const words = useWords(org, []);
  const [state, change] = useSearchState<AuditSearch>();
  const { page, size, sort: _, ...filters } = state;
  const [exporting, setExporting] = useState(false);
  const shown = useScreen<auditListQuery>(Query).org;
  const events = shown?.auditEvents;
  const rows = events?.nodes ?? [];
  const fresh = useFresh(rows, JSON.stringify([orgId, page, size, filters]));
  // The first page is where new events come in, unless the filters end before today.
  const on = page === 1 && (filters.to === '' || filterEnd(filters, zone) > Date.now());
  const tail = useTail(orgId, shown?.newest?.nodes[0]?.id, on, (event) => concerns(filters, event));
  const query = (part: Partial<AuditSearch>) => change({ ...part, page: 1 });
  const inWords = useInWords(filters);
  const filtered = JSON.stringify(filters) !== JSON.stringify(noFilters);

  const columns: Column<Event>[] = [
    {
      id: 'at',
      title: say('audit.at'),
      cell: (event) => (
        <span className="faint">
          <Moment at={event.at} zone={zone} seconds />
        </span>
      ),
    },
    {
      id: 'operation',
      title: say('audit.operation'),
      as: 'lead',
      cell: (event) => (
        <Link to={`/o/${orgId}/audit/${event.id}` as never} className="main">
          {words.operation(event.operation)}
        </Link>
      ),
    },
    { id: 'actor', title: say('audit.actor'), cell: ({ actor }) => <Actor actor={actor} /> },
    {
      id: 'object',
      title: say('audit.object'),
      cell: (event) => <Objects targets={event.targets} typeOf={words.type} />,
    },
    { id: 'outcome', title: say('audit.outcome'), cell: (event) => <OutcomeOf event={event} codeOf={words.code} /> },
  ];

  return (
    <Page title={say('audit.title')} about={say('audit.about')}>
      <QueryBar filters={filters} none={noFilters} onQuery={query}>
        {(draft, edit) => <Filters orgId={orgId} draft={draft} edit={edit} operationOf={words.operation} />}
      </QueryBar>
      {filters.targetName && (
        <Notice>
          <span className="of-object">
            {say('audit.ofObject', { name: filters.targetName })}
            <Button kind="link" onPress={() => query({ target: '', targetName: '' })}>
              {say('ui.clear')}
            </Button>
          </span>
        </Notice>
      )}
      <List>
        <Toolbar title={say('audit.list')}>
          {on && <Follow tail={tail} />}
          {mayExport && (
            <Button onPress={() => setExporting(true)} isDisabled={rows.length === 0}>
              {say('audit.export')}
            </Button>
          )}
        </Toolbar>
        {rows.length > 0 ? (
          <Table label={say('audit.title')} columns={columns} rows={rows} marked={fresh} />
        ) : filtered ? (
          <NoMatch filters={inWords} onClear={() => query(noFilters)} />
        ) : (
          <Empty icon="audit" title={say('audit.empty')}>
            {say('audit.emptyAbout')}
          </Empty>
        )}
        {rows.length > 0 && (
          <Pager
            total={events?.totalCount}
            page={page}
            size={size}
            onPage={(next) => change({ page: next })}
            onSize={(next) => query({ size: next })}
          />
        )}
      </List>
      {exporting && (
        <AuditExport
          orgId={orgId}
          filter={filterOf(filters, zone)}
          count={events?.totalCount ?? 0}
          onClose={() => setExporting(false)}
        />
      )}
    </Page>
  );
}

function Filters({
  orgId,
  draft,
  edit,
  operationOf,
}: {
  orgId: string;
  draft: AuditFilters;
  edit: (part: Partial<AuditFilters>) => void;
  operationOf: (name: string) => string;
}) {
  const say = useText();
  const environment = useRelayEnvironment();
  const findActors = async (search: string) => {
    const found = await fetchQuery<auditListActorsQuery>(
      environment,
      ActorsQuery,
      { org: orgId, search },
      { fetchPolicy: 'network-only' },
    ).toPromise();
    return (found?.org?.auditActors?.nodes ?? []).map(({ actorId, name }) => ({ id: actorId, name }));
  };
  const findOperations = async (search: string) => {
    const wanted = search.toLocaleLowerCase();
    return operations
      .map((id) => ({ id: id as string, name: operationOf(id) }))
      .filter(({ id, name }) => name.toLocaleLowerCase().includes(wanted) || id.toLocaleLowerCase().includes(wanted));
  };
  return (
    <>
      <Picker
        label={say('audit.actor')}
        placeholder={say('audit.actorLike')}
        find={findActors}
        chosen={draft.actor ? { id: draft.actor, name: draft.actorName || draft.actor } : null}
        onChoose={(pick) => edit({ actor: pick?.id ?? '', actorName: pick?.name ?? '' })}
      />
      <Picker
        label={say('audit.operation')}
        placeholder={say('audit.operationLike')}
        find={findOperations}
        chosen={draft.operation ? { id: draft.operation, name: operationOf(draft.operation) } : null}
        onChoose={(pick) => edit({ operation: pick?.id ?? '' })}
      />
      <Select
        label={say('audit.outcome')}
        value={draft.outcome || 'any'}
        onChange={(outcome) => edit({ outcome: outcome === 'any' ? '' : (outcome as Outcome) })}
        options={[
          { value: 'any', label: say('ui.any') },
          ...(['DONE', 'REFUSED'] as const).map((outcome) => ({
            value: outcome as string,
            label: say(`audit.is.${outcome}`),
          })),
        ]}
      />
      <TextField
        label={say('audit.object')}
        placeholder={say('audit.objectLike')}
        value={draft.target}
        onChange={(target) => edit({ target, targetName: '' })}
        autoComplete="off"
      />
      <TextField label={say('audit.from')} type="date" value={draft.from} onChange={(from) => edit({ from })} />
      <TextField label={say('audit.to')} type="date" value={draft.to} onChange={(to) => edit({ to })} />
    </>
  );
}

function Follow({ tail }: { tail: Tail }) {
  const say = useText();
  return (
    <>
      <span className="tail" data-paused={tail.paused || undefined} role="status">
        <span className="dot" aria-hidden="true" />
        {tail.paused ? say('audit.waiting', { count: tail.waiting }) : say('audit.live')}
      </span>
      {tail.paused ? (
        <Button onPress={tail.resume}>{say('audit.resume')}</Button>
      ) : (
        <Button onPress={tail.pause}>{say('audit.pause')}</Button>
      )}
    </>
  );
}

interface Targets {
  readonly totalCount: number;
  readonly nodes: readonly { readonly type: string; readonly label: string }[];
}

function Objects({ targets, typeOf }: { targets: Targets; typeOf: (type: string) => string }) {
  const say = useText();
  const listed = useNames();
  if (targets.totalCount === 0) return <span className="faint">{say('audit.noObjects')}</span>;
  const type = typeOf(targets.nodes[0]?.type ?? '');
  const labels = targets.nodes.map(({ label }) => label).filter(Boolean);
  if (labels.length === 0) return <span>{type}</span>;
  return (
    <span>
      {say('audit.objects', { names: listed(labels), count: targets.totalCount })}
      <span className="more">{type}</span>
    </span>
  );
}

// concerns reports whether a list with these filters has a new event. The orders that an import made are not among its
// objects.
function concerns({ actor, operation, outcome, target }: AuditFilters, event: NewEvent): boolean {
  return (
    (!actor || event.actor.actorId === actor) &&
    (!operation || event.operation === operation) &&
    (!outcome || event.outcome === outcome) &&
    (!target || event.targets.nodes.some(({ targetId }) => targetId === target))
  );
}

function filterEnd(filters: AuditFilters, zone: string | undefined): number {
  return Date.parse(filterOf(filters, zone).atTo ?? '');
}

// useFresh returns the rows that came while the list was open with the same filters.
function useFresh(rows: readonly Event[], of: string): ReadonlySet<string> {
  const first = useRef<{ of: string; ids: Set<string> } | null>(null);
  if (first.current?.of !== of) first.current = { of, ids: new Set(rows.map(({ id }) => id)) };
  const { ids } = first.current;
  return new Set(rows.filter(({ id }) => !ids.has(id)).map(({ id }) => id));
}

// useInWords returns filters in words.
function useInWords(filters: AuditFilters): string[] {
  const say = useText();
  const words = useWords(null, []);
  return [
    filters.actorName || filters.actor,
    filters.operation && words.operation(filters.operation),
    filters.outcome && say(`audit.is.${filters.outcome}`),
    filters.targetName || filters.target,
    filters.from,
    filters.to,
  ].filter(Boolean);
}
