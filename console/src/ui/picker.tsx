import './field.css';
import './select.css';
import { useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { ComboBox } from 'react-aria-components/ComboBox';
import { Input } from 'react-aria-components/Input';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { useText } from '../app/text';
import { Below, FieldLabel } from './field';
import { Icon } from './icon';

/** One of the things that a picker finds. */
export interface Pick {
  id: string;
  name: string;
}

interface PickerProps {
  label: string;
  hint?: string;
  placeholder?: string;
  chosen: Pick | null;
  onChoose: (pick: Pick | null) => void;
  /** Finds by a text; it is called again as the person types. */
  find: (text: string) => Promise<readonly Pick[]>;
}

/** How long typing rests before it is looked up, in milliseconds. */
const wait = 200;

// What is around an open list can still be reached, so it is not hidden from screen readers as it is under a dialog.
function staysReadable(open: boolean): void {
  document.getElementById('root')?.toggleAttribute('data-react-aria-top-layer', open);
}

/** A choice of one of many, found by typing a part of its name. */
export function Picker({ label, hint, placeholder, chosen, onChoose, find }: PickerProps) {
  const say = useText();
  const field = useRef<HTMLDivElement>(null);
  const [text, setText] = useState(chosen?.name ?? '');
  const [found, setFound] = useState<readonly Pick[] | null>(null);
  // Nothing is looked up before somebody comes to the field.
  const [asked, setAsked] = useState(false);
  const searched = text === chosen?.name ? '' : text.trim();
  useEffect(() => {
    if (!asked) return;
    let wanted = true;
    const timer = setTimeout(() => {
      find(searched).then(
        (next) => wanted && setFound(next),
        () => wanted && setFound([]),
      );
    }, wait);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
    // The way to find is made anew with each render; what is found changes with the text alone.
  }, [asked, searched]);
  // What was chosen can be taken back outside, as by 重置, or be called otherwise in another language.
  useEffect(() => setText(chosen?.name ?? ''), [chosen?.id, chosen?.name]);
  const choose = (key: string | null) => {
    // Whoever leaves the field chooses again what was chosen, which need not be among what was found last.
    if (chosen && key === chosen.id) {
      setText(chosen.name);
      return;
    }
    const pick = found?.find(({ id }) => id === key) ?? null;
    onChoose(pick);
    setText(pick?.name ?? '');
  };
  return (
    <ComboBox
      ref={field}
      className="field select"
      menuTrigger="focus"
      allowsEmptyCollection
      items={found ?? []}
      onFocus={() => setAsked(true)}
      inputValue={text}
      onInputChange={setText}
      selectedKey={chosen?.id ?? null}
      onSelectionChange={(key) => choose(key === null ? null : String(key))}
      defaultFilter={() => true}
      onOpenChange={staysReadable}
    >
      <FieldLabel label={label} />
      <div className="input-with">
        <Input className="input" placeholder={placeholder} />
        <Button className="button only quiet" aria-label={label}>
          <Icon name="chevronDown" />
        </Button>
      </div>
      <Below hint={hint} />
      <Popover
        className="popover"
        data-trigger="Select"
        UNSTABLE_portalContainer={field.current?.closest('main') ?? document.body}
      >
        <ListBox
          renderEmptyState={() => <p className="option faint">{found ? say('ui.noMatch') : say('ui.loading')}</p>}
        >
          {(pick: Pick) => (
            <ListBoxItem id={pick.id} textValue={pick.name} className="option">
              <span className="cut">{pick.name}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
