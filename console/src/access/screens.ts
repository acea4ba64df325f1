import explain from '../__generated__/explainQuery$parameters';
import type { explainQuery } from '../__generated__/explainQuery.graphql';
import { screen, type Screen, textOf } from '../app/screen';

/** What the address of 权限查询 says: of whom it asks, and about which field of the API. */
export interface AccessSearch {
  account: string;
  what: string;
}

/** The screens about who may do what. */
export const accessScreens: Screen[] = [
  screen<explainQuery, AccessSearch>({
    path: 'settings/access',
    needs: 'owner',
    query: explain,
    search: (raw) => ({
      account: textOf(raw['account']),
      what: /^\w+\.\w+$/.test(textOf(raw['what'])) ? textOf(raw['what']) : '',
    }),
    variables: ({ org }, { account, what }) => ({
      org: org ?? '',
      account,
      what,
      chosen: account !== '',
      asked: account !== '' && what !== '',
    }),
    load: () => import('./explain').then((module) => module.Explain),
  }),
];
