import './code-field.css';
import { type Ref } from 'react';
import { Input } from 'react-aria-components/Input';
import { TextField as AriaTextField } from 'react-aria-components/TextField';
import { Below, FieldLabel } from './field';

const length = 6;

interface CodeFieldProps {
  label: string;
  value: string;
  onChange: (code: string) => void;
  /** Called when the last digit is there. */
  onComplete?: (code: string) => void;
  error?: string | undefined;
  disabled?: boolean;
  autoFocus?: boolean;
  ref?: Ref<HTMLInputElement>;
}

/** A verification code: one field that shows six boxes, takes a paste and what the phone offers. */
export function CodeField({ label, value, onChange, onComplete, error, disabled, autoFocus, ref }: CodeFieldProps) {
  const change = (text: string) => {
    const code = text.normalize('NFKC').replace(/\D/g, '').slice(0, length);
    onChange(code);
    if (code.length === length && code !== value) onComplete?.(code);
  };
  const next = Math.min(value.length, length - 1);
  return (
    <AriaTextField
      className="field"
      value={value}
      onChange={change}
      isRequired
      isDisabled={disabled ?? false}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      autoFocus={autoFocus ?? false}
      autoComplete="one-time-code"
      inputMode="numeric"
    >
      <FieldLabel label={label} required />
      <div className="code-field">
        <Input ref={ref as Ref<HTMLInputElement>} />
        <div className="boxes" aria-hidden="true">
          {Array.from({ length }, (_, i) => (
            <span key={i} className={i === next ? 'box next' : 'box'}>
              {value[i]}
            </span>
          ))}
        </div>
      </div>
      <Below error={error} />
    </AriaTextField>
  );
}
