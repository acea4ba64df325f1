import type { Action, Module } from '../app/access';

/** The rows that an action applies to. */
export type Scope = 'ALL' | 'OWN';

/** One line of the grid: what may be done in a module with one scope. */
export interface Line {
  module: Module;
  scope: Scope;
  actions: readonly Action[];
}

/** What the API calls a grant, read or written. */
export interface Grant {
  readonly module: Module;
  readonly scope: Scope;
  readonly actions: readonly Action[];
}

const order: readonly Action[] = ['VIEW', 'EDIT', 'EXPORT'];

/** Returns a line with an action ticked or not: what edits or exports also views. */
export function tick(line: Line, action: Action, on: boolean): Line {
  const actions = new Set(line.actions);
  if (on) actions.add(action).add('VIEW');
  else if (action === 'VIEW') actions.clear();
  else actions.delete(action);
  return { ...line, actions: order.filter((one) => actions.has(one)) };
}

/** Returns the lines that grant something, as the API takes them. */
export function grantsOf(lines: readonly Line[]): Grant[] {
  return lines
    .filter(({ actions }) => actions.length > 0)
    .map(({ module, scope, actions }) => ({ module, scope, actions: [...actions] }));
}

/** Returns grants in the order of the modules, so that those that say the same are equal. */
export function ordered(grants: readonly Grant[], modules: readonly Module[]): Grant[] {
  return grants.toSorted(
    (a, b) => modules.indexOf(a.module) - modules.indexOf(b.module) || a.scope.localeCompare(b.scope),
  );
}

/** A module and an action whose scope changes; null where nothing is granted. */
export interface Change {
  module: Module;
  action: Action;
  before: Scope | null;
  after: Scope | null;
}

const rank = (scope: Scope | null) => (scope === 'ALL' ? 2 : scope === 'OWN' ? 1 : 0);

/** Returns what changes between two sets of grants, in the order of the modules. */
export function changesOf(before: readonly Grant[], after: readonly Grant[], modules: readonly Module[]): Change[] {
  return modules.flatMap((module) =>
    order.flatMap((action) => {
      const change = { module, action, before: scopeOf(before, module, action), after: scopeOf(after, module, action) };
      return change.before === change.after ? [] : [change];
    }),
  );
}

/** Reports whether a change takes something away. */
export function loses({ before, after }: Change): boolean {
  return rank(after) < rank(before);
}

// scopeOf returns the widest scope that grants give to an action.
function scopeOf(grants: readonly Grant[], module: Module, action: Action): Scope | null {
  const scopes = grants
    .filter((grant) => grant.module === module && grant.actions.includes(action))
    .map(({ scope }) => scope);
  return scopes.includes('ALL') ? 'ALL' : (scopes[0] ?? null);
}
