import './field.css';
import { type InputHTMLAttributes, type ReactNode, type Ref, useState } from 'react';
import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextArea as AriaTextArea } from 'react-aria-components/TextArea';
import { TextField as AriaTextField } from 'react-aria-components/TextField';
import { useText } from '../app/text';
import { IconButton } from './button';
import { Icon } from './icon';

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** What the person should know before typing. */
  hint?: ReactNode;
  /** What is wrong with the value, in the server's words. */
  error?: string | undefined;
  name?: string;
  required?: boolean;
  disabled?: boolean;
  autoFocus?: boolean;
  maxLength?: number;
  large?: boolean;
  placeholder?: string;
  autoComplete?: string;
  inputMode?: InputHTMLAttributes<HTMLInputElement>['inputMode'];
  type?: 'text' | 'email' | 'tel' | 'password' | 'search' | 'date';
  /** Shown at the end of the input, such as a button. */
  end?: ReactNode;
  ref?: Ref<HTMLInputElement>;
}

/** A line of text with its label, hint and error. */
export function TextField({
  label,
  value,
  onChange,
  hint,
  error,
  required,
  disabled,
  large,
  placeholder,
  inputMode,
  end,
  ref,
  type = 'text',
  ...rest
}: FieldProps) {
  const input = (
    <Input
      ref={ref as Ref<HTMLInputElement>}
      className={large ? 'input large' : 'input'}
      placeholder={placeholder}
      inputMode={inputMode}
    />
  );
  return (
    <AriaTextField
      {...rest}
      className="field"
      type={type}
      value={value}
      onChange={onChange}
      isRequired={required ?? false}
      isDisabled={disabled ?? false}
      isInvalid={error !== undefined}
      validationBehavior="aria"
    >
      <FieldLabel label={label} required={required} />
      {end ? (
        <div className="input-with">
          {input}
          {end}
        </div>
      ) : (
        input
      )}
      <Below hint={hint} error={error} />
    </AriaTextField>
  );
}

/** A password, which is shown on demand. */
export function PasswordField(props: Omit<FieldProps, 'type' | 'end'>) {
  const say = useText();
  const [shown, setShown] = useState(false);
  return (
    <TextField
      {...props}
      type={shown ? 'text' : 'password'}
      end={
        <IconButton
          icon={shown ? 'eyeOff' : 'eye'}
          label={shown ? say('ui.hidePassword') : say('ui.showPassword')}
          onPress={() => setShown(!shown)}
        />
      }
    />
  );
}

/** Several lines of text with their label, hint and error. */
export function TextArea({
  label,
  value,
  onChange,
  hint,
  error,
  required,
  disabled,
  placeholder,
  maxLength,
  name,
}: Omit<FieldProps, 'ref' | 'end' | 'type'>) {
  return (
    <AriaTextField
      className="field"
      value={value}
      onChange={onChange}
      isRequired={required ?? false}
      isDisabled={disabled ?? false}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      {...(name && { name })}
      {...(maxLength && { maxLength })}
    >
      <FieldLabel label={label} required={required} />
      <AriaTextArea className="input" placeholder={placeholder} rows={3} />
      <Below hint={hint} error={error} />
    </AriaTextField>
  );
}

/** The label of a field. */
export function FieldLabel({ label, required }: { label: string; required?: boolean | undefined }) {
  return (
    <Label>
      {label}
      {required && (
        <span className="needed" aria-hidden="true">
          *
        </span>
      )}
    </Label>
  );
}

/** What stands below a field: its hint, or what is wrong with it. */
export function Below({ hint, error }: { hint?: ReactNode; error?: string | undefined }) {
  return (
    <>
      {hint && !error && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="wrong">
        <Icon name="warning" size={14} />
        <span>{error}</span>
      </FieldError>
    </>
  );
}
