import type { UserError } from '../app/user-errors';

/** One of the things that a batch is about. */
export interface Item {
  id: string;
  name: string;
}

/** How a batch handles refused items. */
export type Policy = 'PER_ITEM' | 'ALL_OR_NOTHING';

/** How it ended for one item: done, refused with the reason, or left as it was. */
export type Outcome = { state: 'done' } | { state: 'failed'; why: string } | { state: 'left' };

/** The number of ids that the API takes in one call. */
export const callSize = 100;

interface Run {
  items: readonly Item[];
  policy: Policy;
  /** Sends one call, and returns the errors at its items. */
  send: (ids: string[], policy: Policy) => Promise<readonly UserError[]>;
  /** Called after each call, with the number of items that have an outcome. */
  onProgress?: (count: number) => void;
  /** Reports whether the calls that were not sent yet are not wanted any more. */
  stopped?: () => boolean;
}

/** Runs a batch, 100 items a call, and returns an outcome for every item. */
export async function runBatch({ items, policy, send, onProgress, stopped }: Run): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>(items.map(({ id }) => [id, { state: 'left' }]));
  for (let at = 0; at < items.length && !stopped?.(); at += callSize) {
    const part = items.slice(at, at + callSize).map(({ id }) => id);
    for (const [id, outcome] of await call(part, policy, send)) outcomes.set(id, outcome);
    onProgress?.(Math.min(at + callSize, items.length));
  }
  return outcomes;
}

async function call(ids: string[], policy: Policy, send: Run['send']): Promise<[string, Outcome][]> {
  let errors: readonly UserError[];
  try {
    errors = await send(ids, policy);
  } catch (error) {
    return ids.map((id) => [id, { state: 'failed', why: (error as Error).message }]);
  }
  // An error at no item is one of the whole call.
  const whole = errors.find((error) => itemOf(error) === null)?.message;
  return ids.map((id, i) => {
    const why = whole ?? errors.find((error) => itemOf(error) === i)?.message;
    if (why !== undefined) return [id, { state: 'failed', why }];
    return [id, { state: policy === 'ALL_OR_NOTHING' && errors.length > 0 ? 'left' : 'done' }];
  });
}

// itemOf returns the item that an error at input.ids.N is about.
function itemOf({ field }: UserError): number | null {
  return field[1] === 'ids' && field[2] !== undefined ? Number(field[2]) : null;
}

/** Returns the items that ended in a state. */
export function ended(items: readonly Item[], outcomes: ReadonlyMap<string, Outcome>, state: Outcome['state']): Item[] {
  return items.filter(({ id }) => outcomes.get(id)?.state === state);
}
