import './field.css';
import './select.css';
import { Button } from 'react-aria-components/Button';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Select as AriaSelect, SelectValue } from 'react-aria-components/Select';
import { Below, FieldLabel } from './field';
import { Icon } from './icon';

/** One of the values of a Select. */
export interface Option<V extends string> {
  value: V;
  label: string;
}

interface SelectProps<V extends string> {
  label: string;
  options: readonly Option<V>[];
  value: V | null;
  onChange: (value: V) => void;
  placeholder?: string;
  error?: string | undefined;
  disabled?: boolean;
  /** Hides the label from sight, where the query bar says it. */
  labelUnseen?: boolean;
}

/** A choice of one of a few values. */
export function Select<V extends string>({
  label,
  options,
  value,
  onChange,
  placeholder,
  error,
  disabled,
  labelUnseen,
}: SelectProps<V>) {
  return (
    <AriaSelect
      className="field select"
      value={value}
      onChange={(key) => onChange(key as V)}
      isDisabled={disabled ?? false}
      isInvalid={error !== undefined}
      {...(placeholder && { placeholder })}
      {...(labelUnseen && { 'aria-label': label })}
    >
      {!labelUnseen && <FieldLabel label={label} />}
      <Button className="input choice">
        <SelectValue />
        <Icon name="chevronDown" />
      </Button>
      <Below error={error} />
      <Popover className="popover">
        <ListBox>
          {options.map((option) => (
            <ListBoxItem key={option.value} id={option.value} textValue={option.label} className="option">
              {({ isSelected }) => (
                <>
                  <span className="cut">{option.label}</span>
                  {isSelected && (
                    <span className="end">
                      <Icon name="check" />
                    </span>
                  )}
                </>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
