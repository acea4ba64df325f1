import './button.css';
import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import { useConnection } from '../app/connection';
import { useText } from '../app/text';
import { Icon, type IconName } from './icon';

/** The weight of a button. A view has one primary button at most. */
export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger' | 'link';

interface ButtonProps extends Omit<AriaButtonProps, 'children' | 'className' | 'style' | 'isPending'> {
  kind?: ButtonKind;
  icon?: IconName;
  large?: boolean;
  wide?: boolean;
  /** Shows a link whose effect can't be taken back. */
  warns?: boolean;
  /** Whether what the button does is being done: it can't be pressed again, and keeps the focus. */
  busy?: boolean;
  children: ReactNode;
}

/** A button with a text. What a primary button does, or one that warns, takes the server: while it is away it can't be pressed. */
export function Button({ kind = 'secondary', icon, large, wide, warns, busy = false, children, ...rest }: ButtonProps) {
  const say = useText();
  const { away } = useConnection();
  const waits = away && (kind === 'primary' || kind === 'danger');
  const held = busy || waits;
  const className = ['button', kind, large && 'large', wide && 'wide', warns && 'warns', waits && 'waits']
    .filter(Boolean)
    .join(' ');
  return (
    <AriaButton
      {...rest}
      {...(held && { type: 'button', onPress: () => {} })}
      className={className}
      {...(held && {
        render: (props) => <button {...props} aria-disabled {...(waits && { title: say('ui.away') })} />,
      })}
    >
      {busy ? <span className="turning" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </AriaButton>
  );
}

interface IconButtonProps extends Omit<AriaButtonProps, 'children' | 'className' | 'style' | 'aria-label'> {
  icon: IconName;
  /** What the button does; read by screen readers, and shown as a hint. */
  label: string;
  kind?: ButtonKind;
}

/** A button that shows a drawing alone. */
export function IconButton({ icon, label, kind = 'quiet', ...rest }: IconButtonProps) {
  return (
    <AriaButton
      {...rest}
      aria-label={label}
      className={`button only ${kind}`}
      render={(props) => <button {...props} title={label} />}
    >
      <Icon name={icon} />
    </AriaButton>
  );
}
