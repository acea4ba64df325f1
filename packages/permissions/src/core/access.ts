import { rules } from './rules.js';
import type { Action, Coordinate, Module } from './rules.js';
import type { Source } from './sources.js';

/** How far a grant reaches: all rows of the org, or those of the creators that one manages. */
export type Scope = 'ALL' | 'OWN';

/** What a viewer may do in a module of an org. */
export interface Grant {
  readonly module: string;
  readonly actions: readonly string[];
  readonly scope: string;
}

/** An org that the viewer has access to. */
export interface Org {
  readonly id: string;
  readonly viewerGrants: readonly Grant[];
}

/** The viewer, as far as access follows from it. */
export interface Viewer {
  readonly ownedOrg?: Org | null;
  readonly seats: readonly { readonly org?: Org | null }[];
}

/** What the viewer may do, at this moment. */
export interface Access<V extends Viewer = Viewer> {
  /** The viewer as the server told of it last; null when nobody is signed in, undefined before it is known. */
  readonly viewer: V | null | undefined;
  /** Whether the server cannot be heard: what is known may be out of date. */
  readonly stale: boolean;
  /** Returns how far the viewer reaches with a field in an org, and false when the server would refuse it. */
  can(org: string | null | undefined, coordinate: Coordinate): Scope | false;
  /** Returns how far the viewer reaches with an action in a module of an org. */
  can(org: string | null | undefined, module: Module, action: Action): Scope | false;
  /** Calls the listener after each change, until the function that it returns is called. */
  subscribe(listener: () => void): () => void;
  /** Asks the server anew, as after signing in. */
  restart(): void;
  /** Ends the connection to the server. */
  close(): void;
}

interface Rule {
  module?: string;
  action?: string;
  scope?: string;
  name: string;
}

let known: Map<string, Rule> | undefined;

/** Returns the rule of a field, which is read from the map when the first one is asked for. */
function ruleOf(coordinate: string): Rule | undefined {
  if (!known) {
    known = new Map();
    for (const line of rules.split('\n')) {
      const [head = '', ...types] = line.split('/');
      const [name = '', action, scope] = head.split(' ');
      const rule = (action ? { module: name, action, scope, name } : { name }) as Rule;
      for (const type of types) {
        const [of, ...fields] = type.split(' ');
        for (const field of fields) known.set(`${of}.${field}`, rule);
      }
    }
  }
  return known.get(coordinate);
}

/** Keeps what the viewer may do, as a source tells of it. */
export function createAccess<V extends Viewer = Viewer>({ source }: { source: Source<V> }): Access<V> {
  const listeners = new Set<() => void>();
  let viewer: V | null | undefined;
  let stale = true;
  let stop: (() => void) | undefined;

  const set = (next: V | null | undefined, cut: boolean) => {
    if (next === viewer && cut === stale) return;
    viewer = next;
    stale = cut;
    for (const listener of [...listeners]) listener();
  };

  const scopeOf = (org: string, module: string, action: string): Scope | false => {
    const of = [viewer?.ownedOrg, ...(viewer?.seats ?? []).map((seat) => seat.org)].find((one) => one?.id === org);
    const scopes = of?.viewerGrants.filter((grant) => grant.module === module && grant.actions.includes(action)) ?? [];
    if (scopes.some((grant) => grant.scope === 'ALL')) return 'ALL';
    return scopes.length > 0 && 'OWN';
  };

  const restart = () => {
    stop?.();
    set(viewer, true);
    stop = source({ next: (next) => set(next, false), cut: () => set(viewer, true) });
  };
  restart();

  return {
    get viewer() {
      return viewer;
    },
    get stale() {
      return stale;
    },
    can(org: string | null | undefined, what: string, action?: string): Scope | false {
      if (action) return !!org && scopeOf(org, what, action);
      const rule = ruleOf(what);
      if (!rule) return false;
      if (!rule.module) return (rule.name === 'public' || !!viewer) && 'ALL';
      const scope = !!org && scopeOf(org, rule.module, rule.action!);
      return rule.scope === 'ALL' && scope === 'OWN' ? false : scope;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    restart,
    close() {
      stop?.();
      stop = undefined;
      set(viewer, true);
    },
  };
}
