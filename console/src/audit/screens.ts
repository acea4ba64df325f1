import detail from '../__generated__/auditDetailQuery$parameters';
import type { auditDetailQuery } from '../__generated__/auditDetailQuery.graphql';
import list from '../__generated__/auditListQuery$parameters';
import type { AuditEventFilter, auditListQuery } from '../__generated__/auditListQuery.graphql';
import { currentViewer, orgOf } from '../app/access';
import { listArguments, type ListState, listState, screen, type Screen, textOf } from '../app/screen';
import { dayAfter, startOfDay } from './days';

/** How an action ended. */
export type Outcome = 'DONE' | 'REFUSED';

/** The filters of the audit log. Actor and object have their names beside them, for those who read the address. */
export interface AuditFilters {
  actor: string;
  actorName: string;
  operation: string;
  outcome: Outcome | '';
  target: string;
  targetName: string;
  from: string;
  to: string;
}

/** What the address of the audit log says. */
export interface AuditSearch extends ListState, AuditFilters {}

/** No filters. */
export const noFilters: AuditFilters = {
  actor: '',
  actorName: '',
  operation: '',
  outcome: '',
  target: '',
  targetName: '',
  from: '',
  to: '',
};

const day = (raw: unknown) => (/^\d{4}-\d{2}-\d{2}$/.test(textOf(raw)) ? textOf(raw) : '');

/** Reads the address of the audit log. */
export function auditSearch(raw: Record<string, unknown>): AuditSearch {
  const outcome = textOf(raw['outcome']);
  return {
    ...listState(raw, 'AT:DESC'),
    actor: textOf(raw['actor']),
    actorName: textOf(raw['actorName']),
    operation: textOf(raw['operation']),
    outcome: outcome === 'DONE' || outcome === 'REFUSED' ? outcome : '',
    target: textOf(raw['target']),
    targetName: textOf(raw['targetName']),
    from: day(raw['from']),
    to: day(raw['to']),
  };
}

/** Returns the filter that an address stands for; its days are those of the org's time zone. */
export function filterOf(
  { actor, operation, outcome, target, from, to }: AuditFilters,
  zone: string | undefined,
): AuditEventFilter {
  const atFrom = startOfDay(from, zone)?.toISOString();
  const atTo = to && startOfDay(dayAfter(to), zone)?.toISOString();
  return {
    ...(actor && { actorIds: [actor] }),
    ...(operation && { operations: [operation] }),
    ...(outcome && { outcomes: [outcome] }),
    ...(target && { targetId: target.trim() }),
    ...(atFrom && { atFrom }),
    ...(atTo && { atTo }),
  };
}

/** The screens of the audit log. */
export const auditScreens: Screen[] = [
  screen<auditListQuery, AuditSearch>({
    path: 'audit',
    needs: { module: 'AUDIT_LOG', action: 'VIEW' },
    search: auditSearch,
    query: list,
    variables: ({ org }, state) => {
      const { first, offset } = listArguments(state);
      return { org: org ?? '', first, offset, filter: filterOf(state, orgOf(currentViewer() ?? null, org)?.timeZone) };
    },
    load: () => import('./audit-list').then((module) => module.AuditList),
  }),
  screen<auditDetailQuery>({
    path: 'audit/$event',
    needs: { module: 'AUDIT_LOG', action: 'VIEW' },
    query: detail,
    variables: ({ event }) => ({ id: event ?? '' }),
    load: () => import('./audit-detail').then((module) => module.AuditDetail),
  }),
];
