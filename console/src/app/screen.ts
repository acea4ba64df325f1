import { useNavigate, useParams, useRouter, useSearch, useLoaderData } from '@tanstack/react-router';
import { type ComponentType, createContext, use, useEffect } from 'react';
import type { PreloadedQuery, usePreloadedQuery } from 'react-relay';
import type { GraphQLTaggedNode, OperationType, PreloadableConcreteRequest } from 'relay-runtime';
import type { Needs } from './access';

/** The parts of an address. */
export type Params = Record<string, string>;

/** A screen: its address, what it needs, its query and its code, which are fetched side by side. */
export interface Screen {
  /** The path below its frame, such as `settings/roles/$role`. */
  path: string;
  needs: Needs;
  /** Reads what stands behind the `?`; what is not understood is left out. */
  search?: (raw: Record<string, unknown>) => object;
  query?: PreloadableConcreteRequest<OperationType>;
  variables?: (params: Params, search: never) => object;
  load: () => Promise<ComponentType>;
}

/** Makes a screen, with the types of its query and its search held together. */
export function screen<Q extends OperationType, S extends object = object>(screen: {
  path: string;
  needs: Needs;
  search?: (raw: Record<string, unknown>) => S;
  query: PreloadableConcreteRequest<Q>;
  variables: (params: Params, search: S) => Q['variables'];
  load: () => Promise<ComponentType>;
}): Screen {
  return screen as unknown as Screen;
}

/** What a screen's query brought. The router keeps it after the screen, so what it holds goes with the screen. */
export interface Loaded<Q extends OperationType> {
  rows: PreloadedQuery<Q> | null;
}

/** Reads from the store. It is given by what has the store, so that screens without one do not fetch it. */
export const Reader = createContext<typeof usePreloadedQuery | null>(null);

/** Returns what the screen's query brought; it is there before the screen is. */
export function useScreen<Q extends OperationType>(query: GraphQLTaggedNode): Q['response'] {
  const loaded = useLoaderData({ strict: false }) as Loaded<Q>;
  useEffect(
    () => () => {
      loaded.rows?.dispose();
      loaded.rows = null;
    },
    [loaded],
  );
  const read = use(Reader);
  if (!read || !loaded.rows) throw new Error('the screen has no rows');
  return read<Q>(query, loaded.rows);
}

/** Returns the parts of the address. */
export function useAddress(): Params {
  return useParams({ strict: false }) as Params;
}

/** Returns the id of the org that the screen is of. */
export function useOrgId(): string {
  return useAddress()['org'] ?? '';
}

/** Returns what stands behind the `?`, and what changes parts of it. */
export function useSearchState<S extends object>(): [S, (part: Partial<S>) => void] {
  const search = useSearch({ strict: false }) as S;
  const navigate = useNavigate();
  return [search, (part) => void navigate({ to: '.', search: { ...search, ...part } as never })];
}

/** Returns a function that requests the rows of the screen again, as after a write that adds or removes some. */
export function useReload(): () => Promise<void> {
  const router = useRouter();
  return () => router.invalidate();
}

/** Where a list stands: its page, the size of a page, and how it is sorted. */
export interface ListState {
  page: number;
  size: number;
  sort: string;
}

/** Reads where a list stands from an address, with what it is without one. */
export function listState(raw: Record<string, unknown>, sort: string): ListState {
  const page = Number(raw['page']);
  const size = Number(raw['size']);
  return {
    page: Number.isInteger(page) && page > 0 ? page : 1,
    size: [20, 50, 100].includes(size) ? size : 20,
    sort: typeof raw['sort'] === 'string' && /^[A-Z_]+:(ASC|DESC)$/.test(raw['sort']) ? raw['sort'] : sort,
  };
}

/** Returns the arguments of a list on a page of an address. */
export function listArguments<F extends string>({
  page,
  size,
  sort,
}: ListState): { first: number; offset: number; orderBy: { field: F; direction: 'ASC' | 'DESC' } } {
  const [field, direction] = sort.split(':');
  return {
    first: size,
    offset: Math.min((page - 1) * size, 10_000),
    orderBy: { field: field as F, direction: direction === 'DESC' ? 'DESC' : 'ASC' },
  };
}

/** Reads a text from an address. */
export function textOf(raw: unknown): string {
  return typeof raw === 'string' || typeof raw === 'number' ? String(raw) : '';
}

/** Reads those of the known values that an address names. */
export function valuesOf<V extends string>(raw: unknown, known: readonly V[]): V[] {
  const given = Array.isArray(raw) ? raw : [raw];
  return known.filter((value) => given.includes(value));
}
