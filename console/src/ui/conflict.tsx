import './conflict.css';
import { type ReactNode, useState } from 'react';
import { useText } from '../app/text';
import { Button } from './button';
import { Dialog } from './dialog';
import { Notice } from './state';

/** A field of a form, as the view of a conflict shows it. */
export interface ConflictField<D> {
  id: keyof D & string;
  label: string;
  /** Shows the field's value. */
  show: (of: D) => ReactNode;
}

interface ConflictProps<D> {
  /** What was changed by somebody else. */
  name: string;
  fields: readonly ConflictField<D>[];
  /** What was saved when the person began. */
  base: D;
  mine: D;
  /** What is saved by now. */
  theirs: D;
  busy?: boolean;
  /** Goes on with the values that were chosen. */
  onKeep: (values: D) => void;
  /** Gives up the person's own changes. */
  onTake: () => void;
  onClose: () => void;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/**
 * What somebody changed while somebody else did: mine and theirs side by side, field by field. What the person did not
 * touch is theirs to begin with, and the rest is the person's own.
 */
export function Conflict<D extends object>({
  name,
  fields,
  base,
  mine,
  theirs,
  busy,
  onKeep,
  onTake,
  onClose,
}: ConflictProps<D>) {
  const say = useText();
  const differing = fields.filter(({ id }) => !same(mine[id], theirs[id]));
  const [chosen, setChosen] = useState<Partial<Record<string, 'mine' | 'theirs'>>>({});
  const sideOf = (id: keyof D & string) => chosen[id] ?? (same(mine[id], base[id]) ? 'theirs' : 'mine');
  const values = () => {
    const taken = differing.filter(({ id }) => sideOf(id) === 'theirs').map(({ id }) => [id, theirs[id]] as const);
    return { ...mine, ...Object.fromEntries(taken) } as D;
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={say('conflict.title', { name })}
      wide
      asks
      foot={
        <>
          <Button onPress={onClose}>{say('ui.cancel')}</Button>
          <Button onPress={onTake}>{say('conflict.takeTheirs')}</Button>
          <Button kind="primary" busy={busy ?? false} onPress={() => onKeep(values())} autoFocus>
            {say('conflict.keep')}
          </Button>
        </>
      }
    >
      {differing.length === 0 ? <Notice>{say('conflict.same')}</Notice> : <p>{say('conflict.about')}</p>}
      <div className="conflict">
        {differing.map(({ id, label, show }) => {
          const side = sideOf(id);
          const half = (which: 'mine' | 'theirs', of: D) => (
            <label>
              <input
                type="radio"
                name={`conflict-${id}`}
                checked={side === which}
                onChange={() => setChosen({ ...chosen, [id]: which })}
              />
              <span className="whose">{say(`conflict.side.${which}`)}</span>
              <span className="value">{show(of)}</span>
            </label>
          );
          return (
            <fieldset key={id}>
              <legend>{label}</legend>
              {half('mine', mine)}
              {half('theirs', theirs)}
            </fieldset>
          );
        })}
      </div>
    </Dialog>
  );
}
