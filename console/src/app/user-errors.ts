/** An error that the person can correct, as the server says it. */
export interface UserError {
  readonly code: string;
  readonly message: string;
  readonly field: readonly string[];
}

/** Returns the message for a field of the input, from the server's errors; `of` is the field's path after `input`. */
export function errorAt(errors: readonly UserError[], ...of: string[]): string | undefined {
  return errors.find(({ field }) => field.length === of.length + 1 && of.every((step, i) => field[i + 1] === step))
    ?.message;
}

/** Returns the messages that stand at none of the named fields of the input. */
export function otherErrors(errors: readonly UserError[], ...shown: string[]): string[] {
  return errors.filter(({ field }) => !shown.includes(field.slice(1).join('.'))).map(({ message }) => message);
}
