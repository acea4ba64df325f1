import { useNavigate } from '@tanstack/react-router';
import { Suspense } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Avatar } from '../ui/bits';
import { Icon } from '../ui/icon';
import { Menu } from '../ui/menu';
import { type Org, orgsOf, useViewer } from './access';
import { part } from './code';
import { useText } from './text';

const SwitcherSearch = part(() => import('./switcher-search').then((module) => module.SwitcherSearch));

/** From how many orgs on the switcher has a search. */
const searched = 6;

/** The org that is open, and the way to another one; many are searched. */
export function Switcher({ org }: { org: Org | null }) {
  const say = useText();
  const viewer = useViewer();
  const navigate = useNavigate();
  const orgs = orgsOf(viewer);
  const entries = orgs.map((one) => ({
    id: one.id,
    label: one.name,
    chosen: one.id === org?.id,
    more: one.viewerIsOwner
      ? say('app.owner')
      : (viewer?.seats.find(({ orgId }) => orgId === one.id)?.roleNames.join(' · ') ?? ''),
    act: () => void navigate({ to: `/o/${one.id}` as never }),
  }));
  const all = {
    id: 'welcome',
    label: say('app.allOrgs'),
    icon: 'building' as const,
    act: () => void navigate({ to: '/welcome' }),
  };
  const button = (
    <AriaButton className="switcher">
      {org && <Avatar name={org.name} size={24} square />}
      <span className="name cut">{org?.name ?? say('app.noOrg')}</span>
      {org?.viewerIsOwner && <span className="role">{say('app.owner')}</span>}
      <Icon name="chevronDown" size={14} />
    </AriaButton>
  );
  if (orgs.length < searched) {
    return (
      <Menu label={say('app.switchOrg')} entries={[...entries, all]}>
        {button}
      </Menu>
    );
  }
  return (
    <Suspense fallback={button}>
      <SwitcherSearch entries={entries} all={all}>
        {button}
      </SwitcherSearch>
    </Suspense>
  );
}
