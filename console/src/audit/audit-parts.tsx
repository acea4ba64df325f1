import { useText } from '../app/text';
import { Status } from '../ui/bits';
import type { Outcome } from './screens';

/** Somebody who did something, with what they were when they are no sub-account. */
export function Actor({
  actor,
}: {
  actor: { readonly kind: 'OWNER' | 'SUB_ACCOUNT' | 'ACCOUNT' | 'API_TOKEN' | 'SYSTEM'; readonly name: string };
}) {
  const say = useText();
  const kind = say(`audit.kind.${actor.kind}`);
  return (
    <span>
      {actor.name || kind}
      {actor.kind !== 'SUB_ACCOUNT' && actor.name && actor.name !== kind && <span className="more">{kind}</span>}
    </span>
  );
}

/** How something ended, and why it was refused. */
export function OutcomeOf({
  event,
  codeOf,
}: {
  event: { readonly outcome: Outcome; readonly code: string | null | undefined; readonly count: number };
  codeOf: (code: string) => string;
}) {
  const say = useText();
  if (event.outcome === 'DONE') return <Status kind="good">{say('audit.is.DONE')}</Status>;
  const what = codeOf(event.code ?? '');
  return (
    <span>
      <Status kind="warn">{say('audit.is.REFUSED')}</Status>
      <span className="more">{event.count > 1 ? say('audit.times', { what, count: event.count }) : what}</span>
    </span>
  );
}
