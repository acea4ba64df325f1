import settings from '../__generated__/orgSettingsQuery$parameters';
import type { orgSettingsQuery } from '../__generated__/orgSettingsQuery.graphql';
import { screen, type Screen } from '../app/screen';

/** The screens of somebody who is signed in and has no org open. */
export const seatScreens: Screen[] = [
  { path: '/welcome', needs: 'session', load: () => import('./welcome').then((module) => module.Welcome) },
  { path: '/open-org', needs: 'session', load: () => import('./open-org').then((module) => module.OpenOrg) },
];

/** The screens of an org that belong to no other noun. */
export const orgScreens: Screen[] = [
  screen<orgSettingsQuery>({
    path: 'settings/org',
    needs: 'owner',
    query: settings,
    variables: ({ org }) => ({ org: org ?? '' }),
    load: () => import('./org-settings').then((module) => module.OrgSettings),
  }),
  { path: '$module', needs: 'org', load: () => import('./module').then((module) => module.ModuleScreen) },
];
