import { createContext, useContext, useMemo, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import type { Access, Viewer } from '../core/access.js';
import type { Scope } from '../core/access.js';
import type { Action, Coordinate, Module } from '../core/rules.js';

interface Place {
  access: Access;
  org: string | null | undefined;
}

const Context = createContext<Place | null>(null);

function usePlace(): Place {
  const place = useContext(Context);
  if (!place) throw new Error('There is no AccessProvider around this component.');
  return place;
}

/** Gives the access, and the org that the page is about, to the components below it. */
export function AccessProvider({ access, org, children }: { access: Access; org?: string | null; children?: ReactNode }) {
  const place = useMemo(() => ({ access, org }), [access, org]);
  return <Context.Provider value={place}>{children}</Context.Provider>;
}

/** Returns the access of the provider. */
export function useAccess(): Access {
  return usePlace().access;
}

/** Returns the viewer, whenever it changes. */
export function useViewer<V extends Viewer = Viewer>(): V | null | undefined {
  const { access } = usePlace();
  return useSyncExternalStore(access.subscribe, () => access.viewer, () => access.viewer) as V | null | undefined;
}

/** Reports whether the server cannot be heard. */
export function useStale(): boolean {
  const { access } = usePlace();
  return useSyncExternalStore(access.subscribe, () => access.stale, () => access.stale);
}

/** Returns how far the viewer reaches with a field, in the org of the provider. A component renders again only when that changes. */
export function useCan(coordinate: Coordinate): Scope | false;
/** Returns how far the viewer reaches with an action in a module, in the org of the provider. */
export function useCan(module: Module, action: Action): Scope | false;
export function useCan(what: string, action?: string): Scope | false {
  const { access, org } = usePlace();
  const now = () => (action ? access.can(org, what as Module, action as Action) : access.can(org, what as Coordinate));
  return useSyncExternalStore(access.subscribe, now, now);
}

/** Shows its children to those who may, and to others what stands in otherwise. */
export function Can(
  props: ({ do: Coordinate } | { module: Module; action: Action }) & { children?: ReactNode; otherwise?: ReactNode },
): ReactNode {
  const can = useCan as (what: string, action?: string) => Scope | false;
  const may = 'do' in props ? can(props.do) : can(props.module, props.action);
  return may ? props.children : (props.otherwise ?? null);
}
