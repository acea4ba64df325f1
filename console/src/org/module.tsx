import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { orgOf, useViewer } from '../app/access';
import { iconOf, pathOf } from '../app/modules';
import { tell } from '../app/news';
import { NotFound } from '../app/refused';
import { useAddress, useOrgId } from '../app/screen';
import { useText } from '../app/text';
import { Chip, Chips } from '../ui/bits';
import { Icon } from '../ui/icon';
import { Card, Page } from '../ui/page';

/** A module that has no screens of its own: what it holds, and what the viewer may do in it. */
export function ModuleScreen() {
  const say = useText();
  const org = orgOf(useViewer(), useOrgId());
  const path = useAddress()['module'];
  const navigate = useNavigate();
  const entry = org?.navigation.find(({ module }) => pathOf(module) === path);
  const had = useRef(false);
  const lost = !entry && had.current;
  useEffect(() => {
    had.current = Boolean(entry);
    if (!lost || !org) return;
    tell('failed', say('app.accessLost'));
    void navigate({ to: `/o/${org.id}` as never, replace: true });
  }, [entry, lost, org, navigate, say]);
  if (!org || !entry) return <NotFound />;
  const grants = org.viewerGrants.filter(({ module }) => module === entry.module);
  return (
    <Page title={entry.name} about={entry.description}>
      <Card title={say('org.yourGrants')}>
        <dl className="facts">
          {grants.map(({ scope, actions }) => (
            <div key={scope}>
              <dt>{say(`role.scope.${scope}`)}</dt>
              <dd>
                <Chips>
                  {actions.map((action) => (
                    <Chip key={action}>{say(`role.action.${action}`)}</Chip>
                  ))}
                </Chips>
              </dd>
            </div>
          ))}
        </dl>
        <p className="faint">
          <Icon name={iconOf(entry.module)} size={14} /> {say('org.moduleByApi')}
        </p>
      </Card>
    </Page>
  );
}
