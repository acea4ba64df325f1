import './bits.css';
import type { ReactNode } from 'react';

/** Short words beside one another. */
export function Chips({ children }: { children: ReactNode }) {
  return <span className="chips">{children}</span>;
}

/** A short word in a frame; `come` and `gone` are what somebody gains and loses. */
export function Chip({ kind, children }: { kind?: 'accent' | 'come' | 'gone'; children: ReactNode }) {
  return <span className={kind ? `chip ${kind}` : 'chip'}>{children}</span>;
}

/** A state in a word, with a dot of its colour and shape. */
export function Status({ kind, children }: { kind: 'good' | 'off' | 'warn' | 'plain'; children: ReactNode }) {
  return <span className={`status ${kind}`}>{children}</span>;
}

const tones = 5;

/** The first letter of a name; it is decoration beside the name. */
export function Avatar({ name, size = 32, square }: { name: string; size?: 24 | 32 | 40; square?: boolean }) {
  const letters = [...name.trim()];
  const tone = letters.reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % tones;
  return (
    <span className={square ? 'avatar square' : 'avatar'} data-size={size} data-tone={tone} aria-hidden="true">
      {letters[0]?.toUpperCase() ?? '·'}
    </span>
  );
}
