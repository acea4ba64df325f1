import { FormattedDate, useIntl } from 'react-intl';
import { useText } from '../app/text';

/** A moment in the org's time zone; the reader's own zone is the hint. */
export function Moment({ at, zone, seconds }: { at: string; zone?: string | undefined; seconds?: boolean }) {
  const intl = useIntl();
  const say = useText();
  const own = intl.formatDate(at, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <time dateTime={at} className="numbers" title={say('ui.yourTime', { time: own })}>
      <FormattedDate
        value={at}
        {...(zone && { timeZone: zone })}
        year="numeric"
        month="2-digit"
        day="2-digit"
        hour="2-digit"
        minute="2-digit"
        {...(seconds && { second: '2-digit' })}
        hourCycle="h23"
      />
    </time>
  );
}
