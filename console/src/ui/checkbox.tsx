import './checkbox.css';
import type { ReactNode } from 'react';
import { Checkbox as AriaCheckbox } from 'react-aria-components/Checkbox';
import { Icon } from './icon';

interface CheckboxProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  /** Whether some of what the box stands for is ticked, and some is not. */
  partly?: boolean;
  disabled?: boolean;
  /** The label where none is shown. */
  label?: string;
  children?: ReactNode;
}

/** A box to tick. */
export function Checkbox({ checked, onChange, partly = false, disabled = false, label, children }: CheckboxProps) {
  return (
    <AriaCheckbox
      className="checkbox"
      isSelected={checked}
      onChange={onChange}
      isIndeterminate={partly}
      isDisabled={disabled}
      {...(label && { 'aria-label': label })}
    >
      <span className={partly ? 'tick part' : 'tick'} aria-hidden="true">
        {!partly && <Icon name="check" size={12} />}
      </span>
      {children}
    </AriaCheckbox>
  );
}
