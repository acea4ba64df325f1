import { type Screen, textOf } from '../app/screen';

/** The screens of somebody who is not signed in. */
export const signInScreens: Screen[] = [
  {
    path: '/sign-in',
    needs: 'nothing',
    search: ({ to }) => (textOf(to).startsWith('/') ? { to: textOf(to) } : {}),
    load: () => import('./sign-in').then((module) => module.SignIn),
  },
  {
    path: '/set-password',
    needs: 'nothing',
    load: () => import('./set-password').then((module) => module.SetPassword),
  },
];
