import editor from '../__generated__/subAccountEditorQuery$parameters';
import type { subAccountEditorQuery } from '../__generated__/subAccountEditorQuery.graphql';
import list from '../__generated__/subAccountListQuery$parameters';
import type {
  subAccountListQuery,
  SubAccountFilter,
  SubAccountOrderField,
} from '../__generated__/subAccountListQuery.graphql';
import create from '../__generated__/subAccountNewQuery$parameters';
import type { subAccountNewQuery } from '../__generated__/subAccountNewQuery.graphql';
import { listArguments, type ListState, listState, screen, type Screen, textOf } from '../app/screen';

/** Whether a sub-account can be used. */
export type Status = 'ENABLED' | 'DISABLED';

/** What the address of the list of sub-accounts says. */
export interface SubAccountSearch extends ListState {
  search: string;
  status: Status | '';
  role: string;
  marked: string;
}

// The newest stands first, so that a new one is in sight.
const byAge = 'CREATED_AT:DESC';

/** Reads the address of the list of sub-accounts. */
export function subAccountSearch(raw: Record<string, unknown>): SubAccountSearch {
  const status = textOf(raw['status']);
  const role = Array.isArray(raw['role']) ? raw['role'][0] : raw['role'];
  return {
    ...listState(raw, byAge),
    search: textOf(raw['search']),
    status: status === 'ENABLED' || status === 'DISABLED' ? status : '',
    role: textOf(role),
    marked: textOf(raw['marked']),
  };
}

/** Returns the filter that an address stands for. */
export function filterOf({
  search,
  status,
  role,
}: Pick<SubAccountSearch, 'search' | 'status' | 'role'>): SubAccountFilter {
  return { ...(search && { search }), ...(status && { statuses: [status] }), ...(role && { roleIds: [role] }) };
}

/** The screens of sub-accounts. */
export const subAccountScreens: Screen[] = [
  screen<subAccountListQuery, SubAccountSearch>({
    path: 'settings/accounts',
    needs: 'owner',
    search: subAccountSearch,
    query: list,
    variables: ({ org }, state) => ({
      org: org ?? '',
      ...listArguments<SubAccountOrderField>(state),
      filter: filterOf(state),
    }),
    load: () => import('./sub-account-list').then((module) => module.SubAccountList),
  }),
  screen<subAccountNewQuery>({
    path: 'settings/accounts/new',
    needs: 'owner',
    query: create,
    variables: ({ org }) => ({ org: org ?? '' }),
    load: () => import('./sub-account-new').then((module) => module.SubAccountNew),
  }),
  screen<subAccountEditorQuery>({
    path: 'settings/accounts/$account',
    needs: 'owner',
    query: editor,
    variables: ({ org, account }) => ({ org: org ?? '', id: account ?? '' }),
    load: () => import('./sub-account-editor').then((module) => module.SubAccountEditor),
  }),
];
