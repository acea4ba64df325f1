import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect, type AnyRoute } from '@tanstack/react-router';
import { loadQuery } from 'react-relay';
import type { IEnvironment } from 'relay-runtime';
import { accountScreens } from '../account/screens';
import { orgScreens, seatScreens } from '../org/screens';
import { roleScreens } from '../role/screens';
import { signInScreens } from '../sign-in/screens';
import { subAccountScreens } from '../sub-account/screens';
import { Skeleton } from '../ui/state';
import { access, may, orgOf, orgsOf, type Needs } from './access';
import { pathOf } from './modules';
import { currentPreferences } from './preferences';
import { Refused, ScreenFailed, NotFound } from './refused';
import { Root } from './root';
import type { Params, Screen } from './screen';

interface Context {
  environment: IEnvironment;
}

/** A screen that may not be entered; its frame says why. */
export class Refusal extends Error {
  readonly needs: Needs;

  constructor(needs: Needs) {
    super('refused');
    this.needs = needs;
  }
}

const root = createRootRouteWithContext<Context>()({ component: Root, notFoundComponent: NotFound });

// routeOf makes a route of a screen: it is entered when the viewer may, and its query and its code are fetched at once.
function routeOf(screen: Screen, parent: AnyRoute) {
  const { needs, query, variables } = screen;
  return createRoute({
    getParentRoute: () => parent,
    path: screen.path,
    staticData: { needs },
    validateSearch: (raw: Record<string, unknown>) => screen.search?.(raw) ?? {},
    loaderDeps: ({ search }) => search,
    beforeLoad: async ({ context, params, location }) => {
      if (needs === 'nothing') return;
      const viewer = await access((context as Context).environment);
      if (!viewer) throw redirect({ to: '/sign-in', search: { to: location.href } as never });
      if (!may(viewer, (params as Params)['org'], needs)) throw new Refusal(needs);
    },
    loader: async ({ context, params, deps }) => {
      if (!query) return null;
      const loaded = loadQuery((context as Context).environment, query, variables?.(params as Params, deps as never) ?? {}, { fetchPolicy: 'network-only' });
      await loaded.source?.toPromise();
      return loaded;
    },
    component: lazyRouteComponent(async () => ({ default: await screen.load() })),
    errorComponent: ({ error, reset }) => error instanceof Refusal ? <Refused needs={error.needs} /> : <ScreenFailed error={error} reset={reset} />,
    pendingComponent: () => <div className="page"><Skeleton /></div>,
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
  beforeLoad: async ({ context }) => {
    const viewer = await access(context.environment);
    if (!viewer) throw redirect({ to: '/sign-in' });
    const org = orgOf(viewer, currentPreferences().org ?? undefined) ?? orgsOf(viewer)[0];
    throw redirect(org ? { to: '/o/$org', params: { org: org.id } as never } : { to: '/welcome' });
  },
});

const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: lazyRouteComponent(() => import('./shell'), 'Shell') });

const org = createRoute({ getParentRoute: () => shell, path: 'o/$org' });

// An org shows the first entry of its navigation.
const orgHome = createRoute({
  getParentRoute: () => org,
  path: '/',
  staticData: { needs: 'org' },
  beforeLoad: async ({ context, params, location }) => {
    const viewer = await access(context.environment);
    if (!viewer) throw redirect({ to: '/sign-in', search: { to: location.href } as never });
    const entered = orgOf(viewer, params.org);
    if (!entered) throw new Refusal('org');
    const first = entered.navigation.find(({ module }) => module !== 'SUB_ACCOUNTS');
    const path = first ? pathOf(first.module) : entered.viewerIsOwner ? 'settings/roles' : null;
    if (path) throw redirect({ to: `/o/${params.org}/${path}` as never });
  },
  component: lazyRouteComponent(() => import('../org/nothing-granted'), 'NothingGranted'),
  errorComponent: ({ error, reset }) => error instanceof Refusal ? <Refused needs={error.needs} /> : <ScreenFailed error={error} reset={reset} />,
});

const tree = root.addChildren([
  home,
  ...signInScreens.map((screen) => routeOf(screen, root)),
  ...seatScreens.map((screen) => routeOf(screen, root)),
  shell.addChildren([
    ...accountScreens.map((screen) => routeOf(screen, shell)),
    org.addChildren([orgHome, ...[...roleScreens, ...subAccountScreens, ...orgScreens].map((screen) => routeOf(screen, org))]),
  ]),
]);

/** Makes the router of the page. */
export function newRouter(environment: IEnvironment) {
  return createRouter({
    routeTree: tree,
    basepath: '/console',
    context: { environment },
    defaultPendingMs: 150,
    defaultPendingMinMs: 0,
    defaultGcTime: 0,
    defaultStaleTime: 0,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
  });
}
