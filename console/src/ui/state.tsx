import './state.css';
import type { ReactNode } from 'react';
import { RequestFailed } from '../app/request';
import { useText } from '../app/text';
import { Button, IconButton } from './button';
import { Icon, type IconName } from './icon';

interface StateProps {
  icon: IconName;
  title: string;
  children?: ReactNode;
  /** The one thing to do next. */
  action?: ReactNode;
  /** Whether it stands in place of a screen, so that it has the page's title. */
  alone?: boolean;
}

/** Why there is nothing, and the one thing to do next. */
export function Empty({ icon, title, children, action, alone }: StateProps) {
  return (
    <div className={alone ? 'state alone' : 'state'}>
      <span className="sign">
        <Icon name={icon} size={20} />
      </span>
      <StateTitle alone={alone}>{title}</StateTitle>
      {children && <p>{children}</p>}
      {action && <div className="do">{action}</div>}
    </div>
  );
}

function StateTitle({ alone, children }: { alone: boolean | undefined; children: string }) {
  if (!alone) return <h2>{children}</h2>;
  return (
    <>
      <title>{`${children} · Deputy`}</title>
      <h1>{children}</h1>
    </>
  );
}

/** Filters that nothing matches, in words, and the way to take them back. */
export function NoMatch({ filters, onClear }: { filters: readonly string[]; onClear: () => void }) {
  const say = useText();
  return (
    <Empty icon="search" title={say('ui.noMatch')} action={<Button onPress={onClear}>{say('ui.clearFilters')}</Button>}>
      {filters.join(' · ')}
    </Empty>
  );
}

/** What failed, the way to try again, and the id under which the server's log has it. */
export function ErrorPanel({ error, onRetry, alone }: { error: unknown; onRetry: () => void; alone?: boolean }) {
  const say = useText();
  const failed = error instanceof RequestFailed ? error : null;
  const requestId = failed?.requestId;
  return (
    <div className={alone ? 'state failed alone' : 'state failed'} role="alert">
      <span className="sign">
        <Icon name="warning" size={20} />
      </span>
      <StateTitle alone={alone}>{say('ui.failed')}</StateTitle>
      <p>{failed?.message || say('ui.failedUnknown')}</p>
      <div className="do">
        <Button onPress={onRetry}>{say('ui.retry')}</Button>
      </div>
      {requestId && (
        <span className="request">
          {say('ui.requestId')} <code>{requestId}</code>
          <IconButton
            icon="copy"
            label={say('ui.copy')}
            onPress={() => void navigator.clipboard.writeText(requestId)}
          />
        </span>
      )}
    </div>
  );
}

const signs: Record<'info' | 'good' | 'warn' | 'bad', IconName> = {
  info: 'help',
  good: 'check',
  warn: 'warning',
  bad: 'warning',
};

/** Something to know before going on. */
export function Notice({
  kind = 'info',
  alert,
  children,
}: {
  kind?: keyof typeof signs;
  alert?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={`notice ${kind}`} role={alert ? 'alert' : undefined}>
      <Icon name={signs[kind]} />
      <div className="notice-body">{children}</div>
    </div>
  );
}

/** The shape of a screen while its first rows are on their way. */
export function Skeleton({ rows = 6 }: { rows?: number }) {
  const say = useText();
  return (
    <div className="skeleton" role="status">
      <h1 className="unseen">{say('ui.loading')}</h1>
      <div className="bone title" />
      <div className="bones">
        {Array.from({ length: rows }, (_, i) => (
          <div key={i}>
            <div className="bone" />
            <div className="bone" />
            <div className="bone" />
            <div className="bone" />
          </div>
        ))}
      </div>
    </div>
  );
}
