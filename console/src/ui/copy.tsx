import './copy.css';
import { useRef, useState } from 'react';
import { useText } from '../app/text';
import { Button } from './button';

/** A text to be taken elsewhere, such as a secret or a command, and what copies it. */
export function CopyText({ label, text, autoFocus }: { label: string; text: string; autoFocus?: boolean }) {
  const say = useText();
  const shown = useRef<HTMLElement>(null);
  const [outcome, setOutcome] = useState<'copied' | 'copyByHand' | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('copied');
    } catch {
      // Browsers give pages no clipboard without https, or when the person said no.
      if (shown.current) getSelection()?.selectAllChildren(shown.current);
      setOutcome('copyByHand');
    }
  };
  return (
    <div className="copy-text">
      <span className="field-label">{label}</span>
      <div className="row">
        <code ref={shown} className="shown">
          {text}
        </code>
        <Button
          icon={outcome === 'copied' ? 'check' : 'copy'}
          onPress={() => void copy()}
          autoFocus={autoFocus ?? false}
        >
          {outcome === 'copied' ? say('ui.copied') : say('ui.copy')}
        </Button>
      </div>
      <span className={outcome === 'copied' ? 'unseen' : 'hint'} role="status">
        {outcome && say(`ui.${outcome}`)}
      </span>
    </div>
  );
}
