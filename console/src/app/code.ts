import { answers, lookForServer } from './reach';

/** The server has another version of the page, and the code of this one is gone. */
export class NewVersion extends Error {
  constructor() {
    super('the server has another version of the page');
    this.name = 'NewVersion';
  }
}

/** Fetches code of the page. It waits while the server can't be reached, and fails with NewVersion when the code is gone. */
export async function fetchCode<C>(load: () => Promise<C>): Promise<C> {
  for (;;) {
    try {
      return await load();
    } catch (error) {
      if (!(error instanceof TypeError) || !/module/i.test(error.message)) throw error;
      if (await answers()) throw new NewVersion();
      await lookForServer();
    }
  }
}
