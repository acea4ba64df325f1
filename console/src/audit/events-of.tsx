import { Link } from '@tanstack/react-router';
import { useMay } from '../app/access';
import { useText } from '../app/text';

/** The way from an object to what happened to it, for whoever may read the audit log. */
export function EventsOf({ orgId, id, name }: { orgId: string; id: string; name: string }) {
  const say = useText();
  if (!useMay(orgId, { module: 'AUDIT_LOG', action: 'VIEW' })) return null;
  return (
    <Link to={`/o/${orgId}/audit` as never} search={{ target: id, targetName: name } as never} className="button">
      {say('audit.eventsOf')}
    </Link>
  );
}
