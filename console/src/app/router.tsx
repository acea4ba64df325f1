import { createRootRoute, createRoute, createRouter, redirect, type AnyRoute } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { accessScreens } from '../access/screens';
import { accountScreens } from '../account/screens';
import { auditScreens } from '../audit/screens';
import { integrationScreens } from '../integration/screens';
import { orgScreens, seatScreens } from '../org/screens';
import { roleScreens } from '../role/screens';
import { signInScreens } from '../sign-in/screens';
import { subAccountScreens } from '../sub-account/screens';
import { Skeleton } from '../ui/state';
import { access, may, orgOf, orgsOf, type Needs } from './access';
import { code, whole } from './code';
import { inSettings, pathOf } from './modules';
import { currentPreferences } from './preferences';
import { Refused, ScreenFailed, NotFound } from './refused';
import { Root } from './root';
import type { Params, Screen } from './screen';

/** A screen that may not be entered; its frame says why. */
export class Refusal extends Error {
  readonly needs: Needs;

  constructor(needs: Needs) {
    super('refused');
    this.needs = needs;
  }
}

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });

// The store is fetched beside the first screen that shows something of it; a sign-in does without.
const data = () => code(() => import('./data'));

function withData(load: () => Promise<ComponentType>) {
  return whole(async () => {
    const [Component, { Data }] = await Promise.all([load(), data()]);
    return () => (
      <Data>
        <Component />
      </Data>
    );
  });
}

// routeOf makes a route of a screen: it is entered when the viewer may, and its query and its code are fetched at once.
function routeOf(screen: Screen, parent: AnyRoute) {
  const { needs, query, variables } = screen;
  const component = needs === 'nothing' ? whole(screen.load) : withData(screen.load);
  return createRoute({
    getParentRoute: () => parent,
    path: screen.path,
    staticData: { needs },
    validateSearch: (raw: Record<string, unknown>) => screen.search?.(raw) ?? {},
    loaderDeps: ({ search }) => search,
    beforeLoad: async ({ params, location }) => {
      if (needs === 'nothing') return;
      data().catch(() => {}); // the screen fails by itself
      const viewer = await access();
      if (!viewer) throw redirect({ to: '/sign-in', search: { to: location.href } as never });
      if (!may((params as Params)['org'], needs)) throw new Refusal(needs);
    },
    loader: async ({ params, deps }) => {
      const rows = async () => {
        if (!query) return null;
        const { loadScreen } = await data();
        return loadScreen(query, variables?.(params as Params, deps as never) ?? {});
      };
      const [loaded] = await Promise.all([rows(), component.fetch()]);
      return loaded;
    },
    component,
    errorComponent: ({ error, reset }) =>
      error instanceof Refusal ? <Refused needs={error.needs} /> : <ScreenFailed error={error} reset={reset} />,
    pendingComponent: () => (
      <div className="page">
        <Skeleton />
      </div>
    ),
  });
}

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    needs?: Needs;
  }
}

// Whoever has no address yet goes where they were last, or where they may be.
const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: async () => {
    const viewer = await access();
    if (!viewer) throw redirect({ to: '/sign-in' });
    const org = orgOf(viewer, currentPreferences().org ?? undefined) ?? orgsOf(viewer)[0];
    throw redirect(org ? { to: '/o/$org', params: { org: org.id } as never } : { to: '/welcome' });
  },
});

const frame = withData(() => import('./shell').then(({ Shell }) => Shell));

const shell = createRoute({ getParentRoute: () => root, id: 'shell', loader: frame.fetch, component: frame });

const org = createRoute({ getParentRoute: () => shell, path: 'o/$org' });

const nothingGranted = whole(() => import('../org/nothing-granted').then((module) => module.NothingGranted));

// An org shows the first entry of its navigation.
const orgHome = createRoute({
  getParentRoute: () => org,
  path: '/',
  staticData: { needs: 'org' },
  beforeLoad: async ({ params, location }) => {
    const viewer = await access();
    if (!viewer) throw redirect({ to: '/sign-in', search: { to: location.href } as never });
    const entered = orgOf(viewer, params.org);
    if (!entered) throw new Refusal('org');
    const first = entered.navigation.find(({ module }) => !inSettings(module));
    const path = first ? pathOf(first.module) : may(params.org, 'owner') ? 'settings/roles' : null;
    if (path) throw redirect({ to: `/o/${params.org}/${path}` as never });
  },
  loader: nothingGranted.fetch,
  component: nothingGranted,
  errorComponent: ({ error, reset }) =>
    error instanceof Refusal ? <Refused needs={error.needs} /> : <ScreenFailed error={error} reset={reset} />,
});

// An address that is none looks like one of something that is gone, in the same frame.
const nowhere = createRoute({
  getParentRoute: () => shell,
  path: '$',
  staticData: { needs: 'session' },
  beforeLoad: async ({ location }) => {
    if (!(await access())) throw redirect({ to: '/sign-in', search: { to: location.href } as never });
  },
  component: NotFound,
});

const tree = root.addChildren([
  home,
  ...signInScreens.map((screen) => routeOf(screen, root)),
  ...seatScreens.map((screen) => routeOf(screen, root)),
  shell.addChildren([
    nowhere,
    ...accountScreens.map((screen) => routeOf(screen, shell)),
    org.addChildren([
      orgHome,
      ...[
        ...roleScreens,
        ...subAccountScreens,
        ...accessScreens,
        ...integrationScreens,
        ...auditScreens,
        ...orgScreens,
      ].map((screen) => routeOf(screen, org)),
    ]),
  ]),
]);

/** Makes the router of the page. */
export function newRouter() {
  return createRouter({
    routeTree: tree,
    basepath: '/console',
    defaultPendingMs: 150,
    defaultPendingMinMs: 0,
    defaultGcTime: 0,
    defaultStaleTime: 0,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: ScreenFailed,
    scrollRestoration: true,
  });
}
