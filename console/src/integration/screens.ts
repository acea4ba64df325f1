import editor from '../__generated__/appEditorQuery$parameters';
import type { appEditorQuery } from '../__generated__/appEditorQuery.graphql';
import list from '../__generated__/appListQuery$parameters';
import type { appListQuery } from '../__generated__/appListQuery.graphql';
import { screen, type Screen, textOf } from '../app/screen';

/** What the address of the list of apps says. */
export interface AppSearch {
  marked: string;
}

const load = () => import('./app-editor').then((module) => module.AppEditor);

/** The screens of apps and their tokens. */
export const integrationScreens: Screen[] = [
  screen<appListQuery, AppSearch>({
    path: 'settings/apps',
    needs: { module: 'INTEGRATIONS', action: 'VIEW' },
    search: (raw) => ({ marked: textOf(raw['marked']) }),
    query: list,
    variables: ({ org }) => ({ org: org ?? '' }),
    load: () => import('./app-list').then((module) => module.AppList),
  }),
  screen<appEditorQuery>({
    path: 'settings/apps/new',
    needs: { module: 'INTEGRATIONS', action: 'EDIT' },
    query: editor,
    variables: () => ({ id: '', known: false }),
    load,
  }),
  screen<appEditorQuery>({
    path: 'settings/apps/$app',
    needs: { module: 'INTEGRATIONS', action: 'EDIT' },
    query: editor,
    variables: ({ app }) => ({ id: app ?? '', known: true }),
    load,
  }),
];
