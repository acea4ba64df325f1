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
  INTEGRATIONS: { path: 'settings/apps', icon: 'module' },
  SUB_ACCOUNTS: { path: 'settings/roles', icon: 'key' },
};

/** Returns the path of a module below its org. */
export function pathOf(module: Module): string {
  return known[module]?.path ?? module.toLowerCase().replaceAll('_', '-');
}

/** Returns the drawing of a module. */
export function iconOf(module: Module): IconName {
  return known[module]?.icon ?? 'module';
}

/** Reports whether the screens of a module are among the settings of the org, not beside those of its work. */
export function inSettings(module: Module): boolean {
  return pathOf(module).startsWith('settings/');
}
