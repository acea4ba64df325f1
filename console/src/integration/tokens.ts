/** A token, as far as its state says. */
export interface Token {
  readonly status: string;
  readonly endsAt: string;
}

const day = 24 * 60 * 60 * 1000;
// How many days before its end a token is marked.
const soonDays = 14;

/** Reports whether a token works, as long as its app may. */
export function works({ status }: Pick<Token, 'status'>): boolean {
  return status === 'LIVE' || status === 'ROTATED';
}

/** Returns how many days a token works from now on, the last one counted as a whole. */
export function daysLeft({ endsAt }: Token, now = Date.now()): number {
  return Math.max(0, Math.ceil((Date.parse(endsAt) - now) / day));
}

/** Reports whether a token ends soon, with none in its place. */
export function endsSoon(token: Token): boolean {
  return token.status === 'LIVE' && daysLeft(token) <= soonDays;
}

/** Returns the day on which a token ends that is made now. */
export function endAfter(days: number): Date {
  return new Date(Date.now() + days * day);
}
