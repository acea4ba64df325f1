import type { IconName } from '../ui/icon';
import type { Module } from './access';

// What the console knows of a module beside what the server says: where its screens are and how its entry is drawn. A
// module that is not here has an entry and a screen all the same.
const known: Partial<Record<string, { path: string; icon: IconName }>> = {
  CREATORS: { path: 'creators', icon: 'people' },
  TASKS: { path: 'tasks', icon: 'tasks' },
  DATA: { path: 'data', icon: 'chart' },
  ORDERS: { path: 'orders', icon: 'orders' },
  AUDIT_LOG: { path: 'audit', icon: 'audit' },
};

/** Returns the path of a module below its org. */
export function pathOf(module: Module): string {
  return known[module]?.path ?? module.toLowerCase().replaceAll('_', '-');
}

/** Returns the drawing of a module. */
export function iconOf(module: Module): IconName {
  return known[module]?.icon ?? 'module';
}
