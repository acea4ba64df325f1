import './batch.css';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useNames } from '../app/names';
import { tell } from '../app/news';
import { useText } from '../app/text';
import type { UserError } from '../app/user-errors';
import { Chip } from '../ui/bits';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { keepFocus } from '../ui/focus';
import { Icon, type IconName } from '../ui/icon';
import { Notice } from '../ui/state';
import { callSize, ended, type Item, type Outcome, type Policy, runBatch } from './run';

interface BatchProps {
  items: readonly Item[];
  /** What is done to how many, as a question. */
  title: string;
  /** What is done, while it is being done and afterwards. */
  name: string;
  /** What the button does, as a verb. */
  action: string;
  warns?: boolean;
  /** Whether the question can't be answered yet. */
  disabled?: boolean;
  /** Whether nothing is asked, as where the effect is easily taken back. */
  asked?: boolean;
  send: (ids: string[], policy: Policy) => Promise<readonly UserError[]>;
  /** Says what was done. */
  said: (done: readonly Item[]) => string;
  /** Takes back what was done, where it can be taken back. */
  undo?: ((done: readonly Item[]) => void) | undefined;
  /** Called after each run, once something was sent. */
  onRan: (outcomes: ReadonlyMap<string, Outcome>) => void;
  onClose: () => void;
  /** What else the result says. */
  after?: () => ReactNode;
  /** What follows, and whatever has to be chosen. */
  children?: ReactNode;
}

/** How many names the question shows. */
const names = 8;

/** Asks before something is done to many, shows how far it is, and then how it ended for each of them. */
export function BatchDialog({
  items,
  title,
  name,
  action,
  warns,
  disabled,
  asked,
  send,
  said,
  undo,
  onRan,
  onClose,
  after,
  children,
}: BatchProps) {
  const say = useText();
  const listed = useNames();
  const [policy, setPolicy] = useState<Policy>('PER_ITEM');
  const [running, setRunning] = useState<{ items: readonly Item[]; count: number; stopping: boolean } | null>(null);
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const stop = useRef(false);
  const shown = useRef(true);
  const run = async (which: readonly Item[]) => {
    stop.current = false;
    setRunning({ items: which, count: 0, stopping: false });
    const found = await runBatch({
      items: which,
      policy,
      send,
      stopped: () => stop.current,
      onProgress: (count) => setRunning((before) => before && { ...before, count }),
    });
    const all = new Map([...outcomes, ...found]);
    setOutcomes(all);
    setRunning(null);
    onRan(all);
    const done = ended(which, found, 'done');
    if (done.length > 0) tell('done', said(done), undo && (() => undo(done)));
    // Whoever went to another screen is told what would have been in the list.
    const rest = which.filter((item) => !done.includes(item));
    if (!shown.current && rest.length > 0)
      tell(
        'failed',
        say('batch.elsewhere', {
          name,
          count: rest.length,
          names: listed(rest.slice(0, names).map((item) => item.name)),
        }),
      );
    // One that is done needs no list.
    if (items.length === 1 && done.length === 1) onClose();
  };
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
      keepFocus();
    };
  }, []);
  const busy = running !== null;
  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [busy]);
  const started = useRef(false);
  useEffect(() => {
    if (!asked || started.current) return;
    started.current = true;
    void run(items);
  });

  // One call is over at once: the button turns, and no other dialog flashes up.
  if (running && running.items.length > callSize) {
    return (
      <Dialog
        open
        stays
        onClose={() => {}}
        title={name}
        foot={
          <Button
            onPress={() => {
              stop.current = true;
              setRunning({ ...running, stopping: true });
            }}
            isDisabled={running.stopping}
          >
            {say('batch.stop')}
          </Button>
        }
      >
        <div className="batch-progress">
          <progress max={running.items.length} value={running.count} aria-label={name} />
          <span role="status" className="numbers">
            {running.stopping
              ? say('batch.stopping')
              : say('batch.progress', { count: running.count, total: running.items.length })}
          </span>
        </div>
      </Dialog>
    );
  }
  const close = () => busy || onClose();
  if (outcomes.size > 0)
    return (
      <Results
        items={items}
        outcomes={outcomes}
        title={name}
        busy={busy}
        onRun={(which) => void run(which)}
        onClose={close}
        undo={undo}
        after={after?.()}
      />
    );
  if (asked) return null;
  return (
    <Dialog
      open
      onClose={close}
      title={title}
      asks
      foot={
        <>
          <Button onPress={close} isDisabled={busy}>
            {say('ui.cancel')}
          </Button>
          <Button
            kind={warns ? 'danger' : 'primary'}
            onPress={() => void run(items)}
            busy={busy}
            isDisabled={disabled ?? false}
            autoFocus={!warns}
          >
            {action}
          </Button>
        </>
      }
    >
      {items.length > 1 && (
        <div className="batch-who">
          {items.slice(0, names).map(({ id, name }) => (
            <Chip key={id}>{name}</Chip>
          ))}
          {items.length > names && <span className="faint">{say('batch.more', { count: items.length - names })}</span>}
        </div>
      )}
      {children}
      {items.length > 1 && <PolicyChoice policy={policy} onChange={setPolicy} fits={items.length <= callSize} />}
    </Dialog>
  );
}

function PolicyChoice({
  policy,
  onChange,
  fits,
}: {
  policy: Policy;
  onChange: (policy: Policy) => void;
  fits: boolean;
}) {
  const say = useText();
  if (!fits) return <p className="faint">{say('batch.inCalls', { size: callSize })}</p>;
  const choice = (value: Policy, title: string, about: string) => (
    <label>
      <input type="radio" name="policy" checked={policy === value} onChange={() => onChange(value)} />
      <span>
        <strong>{title}</strong>
        <span>{about}</span>
      </span>
    </label>
  );
  return (
    <fieldset className="batch-policy">
      <legend>{say('batch.policy')}</legend>
      {choice('PER_ITEM', say('batch.perItem'), say('batch.perItemAbout'))}
      {choice('ALL_OR_NOTHING', say('batch.allOrNothing'), say('batch.allOrNothingAbout'))}
    </fieldset>
  );
}

const signs: Record<Outcome['state'], IconName> = { done: 'check', failed: 'warning', left: 'clock' };

function Results({
  items,
  outcomes,
  title,
  busy,
  onRun,
  onClose,
  undo,
  after,
}: {
  items: readonly Item[];
  outcomes: ReadonlyMap<string, Outcome>;
  title: string;
  busy: boolean;
  onRun: (items: readonly Item[]) => void;
  onClose: () => void;
  undo?: ((done: readonly Item[]) => void) | undefined;
  after: ReactNode;
}) {
  const say = useText();
  const [done, failed, left] = (['done', 'failed', 'left'] as const).map((state) => ended(items, outcomes, state)) as [
    Item[],
    Item[],
    Item[],
  ];
  const how = (id: string) => {
    const outcome = outcomes.get(id);
    return outcome?.state === 'failed' ? outcome.why : say(`batch.state.${outcome?.state ?? 'left'}`);
  };
  const copy = () =>
    void navigator.clipboard
      .writeText(items.map(({ id, name }) => `${name}\t${how(id)}`).join('\n'))
      .then(() => tell('done', say('batch.copied')));
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      wide
      foot={
        <>
          {undo && done.length > 0 && (
            <Button
              isDisabled={busy}
              onPress={() => {
                undo(done);
                onClose();
              }}
            >
              {say('ui.undo')}
            </Button>
          )}
          <Button icon="copy" onPress={copy}>
            {say('batch.copy')}
          </Button>
          {failed.length > 0 && (
            <Button busy={busy} onPress={() => onRun(failed)}>
              {say('batch.retry', { count: failed.length })}
            </Button>
          )}
          {left.length > 0 && (
            <Button busy={busy} onPress={() => onRun(left)}>
              {say('batch.goOn', { count: left.length })}
            </Button>
          )}
          <Button onPress={onClose} isDisabled={busy} autoFocus>
            {say('ui.close')}
          </Button>
        </>
      }
    >
      {failed.length > 0 && items.length > 1 && (
        <Notice kind="bad" alert>
          {say('batch.someFailed', { count: failed.length })}
        </Notice>
      )}
      <p className="batch-sum" role="status">
        {say('batch.sum', { done: done.length, failed: failed.length, left: left.length })}
      </p>
      {after && <p>{after}</p>}
      <ul className="batch-results" tabIndex={0} aria-label={say('batch.results')}>
        {[...failed, ...left, ...done].map(({ id, name }) => {
          const state = outcomes.get(id)?.state ?? 'left';
          return (
            <li key={id} className={state}>
              <Icon name={signs[state]} />
              <span className="name">{name}</span>
              <span className="how">{how(id)}</span>
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}
