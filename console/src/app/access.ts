import { useSyncExternalStore } from 'react';
import { fetchQuery, graphql, readInlineData } from 'relay-runtime';
import type { IEnvironment } from 'relay-runtime';
import { connectionIs } from './connection';
import type { accessQuery } from '../__generated__/accessQuery.graphql';
import type { access_viewer$data, access_viewer$key } from '../__generated__/access_viewer.graphql';

/** The person who is signed in, with the orgs and the grants of this moment. */
export type Viewer = access_viewer$data;
/** An org that the viewer has access to. */
export type Org = NonNullable<Viewer['ownedOrg']> | NonNullable<Viewer['seats'][number]['org']>;
/** An area of the back office. */
export type Module = Org['viewerGrants'][number]['module'];
/** What may be done in a module. */
export type Action = Org['viewerGrants'][number]['actions'][number];

/**
 * What a screen needs before it may be entered: nothing, somebody who is signed in, any access to the org, its owner, or
 * an action in a module of it.
 */
export type Needs = 'nothing' | 'session' | 'org' | 'owner' | { module: Module; action: Action };

const ViewerFragment = graphql`
  fragment access_viewer on Viewer @inline {
    id
    account { id phone email hasPassword }
    mayOpenOrg
    seatLimit
    ownedOrg {
      id name ownerName timeZone currency viewerIsOwner
      navigation { module name description }
      viewerGrants { module actions scope }
    }
    seats {
      subAccountId orgId orgName name status roleNames createdAt
      org {
        id name ownerName timeZone currency viewerIsOwner
        navigation { module name description }
        viewerGrants { module actions scope }
      }
    }
  }
`;

const Query = graphql`
  query accessQuery {
    viewer { id ...access_viewer }
  }
`;

const listeners = new Set<() => void>();
// undefined before the server has said who is there, null when nobody is.
let viewer: Viewer | null | undefined;
let first: Promise<Viewer | null> | null = null;

/** Requests the viewer, and returns it once it holds for the page. */
export async function refreshAccess(environment: IEnvironment): Promise<Viewer | null> {
  const data = await fetchQuery<accessQuery>(environment, Query, {}, { fetchPolicy: 'network-only' }).toPromise();
  return accessIs(data?.viewer ?? null);
}

/** Returns the viewer, who is requested once. */
export function access(environment: IEnvironment): Promise<Viewer | null> {
  if (viewer !== undefined) return Promise.resolve(viewer);
  first ??= refreshAccess(environment).finally(() => {
    first = null;
  });
  return first;
}

/** Has the page know another state of access: navigation, routes and buttons follow in one frame. */
export function accessIs(key: access_viewer$key | null): Viewer | null {
  const next = key && readInlineData(ViewerFragment, key);
  if (next === null && viewer) {
    // The page stays as it is below a sign-in, and goes on after it.
    connectionIs({ signedOut: true });
    return null;
  }
  if (viewer === undefined || JSON.stringify(next) !== JSON.stringify(viewer)) {
    viewer = next;
    for (const listener of listeners) listener();
  }
  return next;
}

/** Returns the viewer of this moment; undefined before the first response. */
export function currentViewer(): Viewer | null | undefined {
  return viewer;
}

/** Returns the viewer, and renders again when access changes. */
export function useViewer(): Viewer | null {
  return useSyncExternalStore(follow, currentViewer) ?? null;
}

/** Calls back after each change of access; the result ends this. */
export function follow(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
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

/** Reports whether the viewer meets the needs of a screen, in an org. */
export function may(viewer: Viewer | null, orgId: string | undefined, needs: Needs): boolean {
  if (needs === 'nothing') return true;
  if (needs === 'session') return viewer !== null;
  const org = orgOf(viewer, orgId);
  if (!org) return false;
  if (needs === 'org') return true;
  if (needs === 'owner') return org.viewerIsOwner;
  return org.viewerGrants.some(({ module, actions }) => module === needs.module && actions.includes(needs.action));
}

/** Reports whether the viewer may do something in an org, and renders again when the result changes. */
export function useMay(orgId: string, needs: Needs): boolean {
  return useSyncExternalStore(follow, () => may(viewer ?? null, orgId, needs));
}
