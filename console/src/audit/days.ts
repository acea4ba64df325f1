/** Returns the moment at which a day begins in a time zone; null when the text is no day. */
export function startOfDay(day: string, zone: string | undefined): Date | null {
  const wanted = Date.parse(`${day}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(wanted)) return null;
  // The zone's clock says how far it is from UTC; asked again there, as that may differ on the day of a change.
  const first = wanted - ahead(new Date(wanted), zone);
  return new Date(wanted - ahead(new Date(first), zone));
}

/** Returns the day after a day. */
export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

// ahead returns how far the clock of a zone is ahead of UTC at a moment, in milliseconds.
function ahead(at: Date, zone: string | undefined): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    ...(zone && { timeZone: zone }),
  }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) - at.getTime();
}
