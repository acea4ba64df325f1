import editor from '../__generated__/roleEditorQuery$parameters';
import type { roleEditorQuery } from '../__generated__/roleEditorQuery.graphql';
import list from '../__generated__/roleListQuery$parameters';
import type { roleListQuery, RoleOrderField } from '../__generated__/roleListQuery.graphql';
import type { Module } from '../app/access';
import { listArguments, type ListState, listState, screen, type Screen, textOf } from '../app/screen';

/** What the address of the list of roles says. */
export interface RoleSearch extends ListState {
  search: string;
  module: Module | '';
  marked: string;
}

const byAge = 'CREATED_AT:ASC';

/** Reads the address of the list of roles. */
export function roleSearch(raw: Record<string, unknown>): RoleSearch {
  return {
    ...listState(raw, byAge),
    search: textOf(raw['search']),
    module: textOf(raw['module']) as Module | '',
    marked: textOf(raw['marked']),
  };
}

const load = () => import('./role-editor').then((module) => module.RoleEditor);

/** The screens of roles. */
export const roleScreens: Screen[] = [
  screen<roleListQuery, RoleSearch>({
    path: 'settings/roles',
    needs: 'owner',
    search: roleSearch,
    query: list,
    variables: ({ org }, state) => ({
      org: org ?? '',
      ...listArguments<RoleOrderField>(state),
      filter: { ...(state.search && { search: state.search }), ...(state.module && { modules: [state.module] }) },
    }),
    load: () => import('./role-list').then((module) => module.RoleList),
  }),
  screen<roleEditorQuery, { copy: string }>({
    path: 'settings/roles/new',
    needs: 'owner',
    search: (raw) => ({ copy: textOf(raw['copy']) }),
    query: editor,
    variables: (_, { copy }) => ({ id: copy, known: copy !== '' }),
    load,
  }),
  screen<roleEditorQuery>({
    path: 'settings/roles/$role',
    needs: 'owner',
    query: editor,
    variables: ({ role }) => ({ id: role ?? '', known: true }),
    load,
  }),
];
