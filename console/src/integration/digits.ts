/** Returns the digits of what somebody typed as a number, at most 9. */
export function digits(text: string): string {
  return text.normalize('NFKC').replace(/\D/g, '').slice(0, 9);
}
