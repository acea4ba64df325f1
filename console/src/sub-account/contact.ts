/** Returns a contact as people read it: a Chinese number in groups, anything else as it is. */
export function contactOf({
  phone,
  email,
}: {
  readonly phone?: string | null | undefined;
  readonly email?: string | null | undefined;
}): string {
  const chinese = /^\+86(\d{3})(\d{4})(\d{4})$/.exec(phone ?? '');
  return chinese ? `+86 ${chinese.slice(1).join(' ')}` : (phone ?? email ?? '');
}

/** Returns what somebody typed as the API takes it: what has an @ is an e-mail address. */
export function contactInput(typed: string): { phone: string } | { email: string } {
  const text = typed.trim();
  return text.includes('@') ? { email: text } : { phone: text };
}
