import { type ComponentType, lazy, type ReactNode } from 'react';
import { connectionIs } from './connection';
import { lookForServer } from './reach';
import { RequestFailed } from './request';

/**
 * The server has another version of the page, and what this one asked for is gone: code, or an operation. It has no
 * message, since the page says so once.
 */
export class OtherVersion extends RequestFailed {
  constructor() {
    super('', 'OTHER_VERSION', null);
    connectionIs({ outdated: true });
  }
}

/** Fetches code of the page. While the server is away it waits; code that the server no longer has is OtherVersion. */
export async function code<M>(load: () => Promise<M>): Promise<M> {
  try {
    return await load();
  } catch (error) {
    if (!notFetched(error)) throw error;
  }
  await lookForServer();
  try {
    return await load();
  } catch (error) {
    throw notFetched(error) ? new OtherVersion() : error;
  }
}

// notFetched tells code that did not come from code that is wrong; each browser has words of its own.
function notFetched(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|module script/i.test(error.message);
}

/** A part of a screen, of which the code is fetched when it shows. When it is gone there is none. */
export function part<P extends object>(load: () => Promise<ComponentType<P>>) {
  return lazy(async () => ({ default: (await code(load).catch(nothing)) as ComponentType<P> }));
}

function nothing(error: unknown): ComponentType {
  if (!(error instanceof OtherVersion)) throw error;
  return () => null;
}

/** A screen, of which the code is fetched by what enters it. */
export interface Whole {
  (): ReactNode;
  fetch: () => Promise<void>;
}

/** Makes a screen of what fetches its code. */
export function whole(load: () => Promise<ComponentType>): Whole {
  let Loaded: ComponentType | undefined;
  const fetch = async () => {
    Loaded ??= await code(load);
  };
  return Object.assign(() => Loaded && <Loaded />, { fetch });
}
