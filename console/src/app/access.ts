import { type Coordinate, createAccess, type Module as Guarding, type Sink } from 'deputy-permissions';
import { useSyncExternalStore } from 'react';
import { graphql } from 'relay-runtime';
import { connectionIs } from './connection';
import { send } from './send';
import type { accessQuery, accessQuery$data } from '../__generated__/accessQuery.graphql';

/** The person who is signed in, with the orgs and the grants of this moment. */
export type Viewer = NonNullable<accessQuery$data['viewer']>;
/** An org that the viewer has access to. */
export type Org = NonNullable<Viewer['ownedOrg']> | NonNullable<Viewer['seats'][number]['org']>;
/** An area of the back office. */
export type Module = Org['viewerGrants'][number]['module'];
/** What may be done in a module. */
export type Action = Org['viewerGrants'][number]['actions'][number];

/**
 * What a screen needs before it may be entered: nothing, somebody who is signed in, any access to the org, its owner, an
 * action in a module of it, or a field of the API by its coordinate.
 */
export type Needs = 'nothing' | 'session' | 'org' | 'owner' | Coordinate | { module: Guarding; action: Action };

/** What access is made of; the query and the subscription have the same fields. */
export const AccessFragment = graphql`
  fragment access_viewer on Viewer {
    id
    account {
      id
      phone
      email
      hasPassword
    }
    mayOpenOrg
    seatLimit
    ownedOrg {
      id
      name
      ownerName
      timeZone
      currency
      viewerIsOwner
      navigation {
        module
        name
        description
      }
      viewerGrants {
        module
        actions
        scope
      }
    }
    seats {
      subAccountId
      orgId
      orgName
      name
      status
      roleNames
      createdAt
      org {
        id
        name
        ownerName
        timeZone
        currency
        viewerIsOwner
        navigation {
          module
          name
          description
        }
        viewerGrants {
          module
          actions
          scope
        }
      }
    }
  }
`;

/** Requests the viewer once. */
export const AccessQuery = graphql`
  query accessQuery {
    viewer {
      ...access_viewer @relay(mask: false)
    }
  }
`;

let sink: Sink<Viewer> | undefined;
// What the page knows comes from requests and from the stream, whichever runs; live.ts chooses.
const store = createAccess<Viewer>({
  source: (to) => {
    sink = to;
    return () => {};
  },
});
let first: Promise<Viewer | null> | null = null;

/** Requests the viewer, and returns it once it holds for the page. */
export async function refreshAccess(): Promise<Viewer | null> {
  return accessIs((await send<accessQuery>(AccessQuery, {})).viewer ?? null);
}

/** Returns the viewer, who is requested once. */
export function access(): Promise<Viewer | null> {
  if (store.viewer !== undefined) return Promise.resolve(store.viewer);
  first ??= refreshAccess().finally(() => {
    first = null;
  });
  return first;
}

/** Has the page know another state of access: navigation, routes and buttons follow in one frame. */
export function accessIs(next: Viewer | null): Viewer | null {
  if (next === null && store.viewer) {
    // The page stays as it is below a sign-in, and goes on after it.
    connectionIs({ signedOut: true });
    return null;
  }
  const known = store.viewer;
  // A state that is the same renders nothing again.
  sink?.next(known !== undefined && JSON.stringify(next) === JSON.stringify(known) ? known : next);
  return next;
}

/** Says that changes of access can't be heard for now. */
export function accessIsCut(): void {
  sink?.cut();
}

/** Returns the viewer of this moment; undefined before the first response. */
export function currentViewer(): Viewer | null | undefined {
  return store.viewer;
}

/** Returns the viewer, and renders again when access changes. */
export function useViewer(): Viewer | null {
  return useSyncExternalStore(follow, currentViewer) ?? null;
}

/** Calls back after each change of access; the result ends this. */
export function follow(listener: () => void): () => void {
  return store.subscribe(listener);
}

/** Returns the orgs that the viewer may enter, the own one first. */
export function orgsOf(viewer: Viewer | null): Org[] {
  if (!viewer) return [];
  return [viewer.ownedOrg, ...viewer.seats.map((seat) => seat.org)].filter((org) => org !== null && org !== undefined);
}

/** Returns an org that the viewer may enter. */
export function orgOf(viewer: Viewer | null, id: string | undefined): Org | null {
  return orgsOf(viewer).find((org) => org.id === id) ?? null;
}

/** Reports whether the viewer meets the needs of a screen, in an org, at this moment. */
export function may(orgId: string | undefined, needs: Needs): boolean {
  if (needs === 'nothing') return true;
  if (needs === 'session') return Boolean(store.viewer);
  if (needs === 'org') return orgOf(store.viewer ?? null, orgId) !== null;
  if (needs === 'owner') return store.can(orgId, 'SUB_ACCOUNTS', 'EDIT') !== false;
  if (typeof needs === 'string') return store.can(orgId, needs) !== false;
  return store.can(orgId, needs.module, needs.action) !== false;
}

/** Reports whether the viewer may do something in an org, and renders again when the result changes. */
export function useMay(orgId: string | undefined, needs: Needs): boolean {
  return useSyncExternalStore(follow, () => may(orgId, needs));
}
