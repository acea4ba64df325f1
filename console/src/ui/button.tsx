import './button.css';
import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
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

/** A button with a text. */
export function Button({ kind = 'secondary', icon, large, wide, warns, busy = false, children, ...rest }: ButtonProps) {
  const className = ['button', kind, large && 'large', wide && 'wide', warns && 'warns'].filter(Boolean).join(' ');
  return (
    <AriaButton {...rest} isPending={busy} className={className}>
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
    <AriaButton {...rest} aria-label={label} className={`button only ${kind}`} render={(props) => <button {...props} title={label} />}>
      <Icon name={icon} />
    </AriaButton>
  );
}
