import activity from '../__generated__/activityQuery$parameters';
import type { activityQuery } from '../__generated__/activityQuery.graphql';
import security from '../__generated__/securityQuery$parameters';
import type { securityQuery } from '../__generated__/securityQuery.graphql';
import { screen, type Screen } from '../app/screen';

/** The screens of one's own account. */
export const accountScreens: Screen[] = [
  {
    path: '/me/authorizations',
    needs: 'session',
    load: () => import('./authorizations').then((module) => module.Authorizations),
  },
  screen<securityQuery>({
    path: '/me/security',
    needs: 'session',
    query: security,
    variables: () => ({}),
    load: () => import('./security').then((module) => module.Security),
  }),
  screen<activityQuery>({
    path: '/me/activity',
    needs: 'session',
    query: activity,
    variables: () => ({}),
    load: () => import('./activity').then((module) => module.Activity),
  }),
];
