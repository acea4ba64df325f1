import '../ui/field.css';
import '../ui/select.css';
import { useNavigate } from '@tanstack/react-router';
import { Autocomplete, useFilter } from 'react-aria-components/Autocomplete';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Input } from 'react-aria-components/Input';
import { Menu as AriaMenu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { SearchField } from 'react-aria-components/SearchField';
import { Avatar } from '../ui/bits';
import { Icon } from '../ui/icon';
import { Menu } from '../ui/menu';
import { type Org, orgsOf, useViewer } from './access';
import { useText } from './text';

/** From how many orgs on the switcher has a search. */
const searched = 6;

/** The org that is open, and the way to another one; many are searched. */
export function Switcher({ org }: { org: Org | null }) {
  const say = useText();
  const viewer = useViewer();
  const navigate = useNavigate();
  const { contains } = useFilter({ sensitivity: 'base' });
  const orgs = orgsOf(viewer);
  const entries = orgs.map((one) => ({
    id: one.id, label: one.name, chosen: one.id === org?.id,
    more: one.viewerIsOwner ? say('app.owner') : viewer?.seats.find(({ orgId }) => orgId === one.id)?.roleNames.join(' · ') ?? '',
    act: () => void navigate({ to: `/o/${one.id}` as never }),
  }));
  const all = { id: 'welcome', label: say('app.allOrgs'), icon: 'building' as const, act: () => void navigate({ to: '/welcome' }) };
  const button = (
    <AriaButton className="switcher">
      {org && <Avatar name={org.name} size={24} square />}
      <span className="name cut">{org?.name ?? say('app.noOrg')}</span>
      {org?.viewerIsOwner && <span className="role">{say('app.owner')}</span>}
      <Icon name="chevronDown" size={14} />
    </AriaButton>
  );
  if (orgs.length < searched) return <Menu label={say('app.switchOrg')} entries={[...entries, all]}>{button}</Menu>;
  return (
    <MenuTrigger>
      {button}
      <Popover className="popover switcher-popover" placement="bottom start">
        <Autocomplete filter={contains}>
          <SearchField aria-label={say('app.findOrg')} autoFocus className="switcher-search"><Input className="input" placeholder={say('app.findOrg')} /></SearchField>
          <AriaMenu aria-label={say('app.switchOrg')} className="switcher-found" onAction={(key) => entries.find(({ id }) => id === key)?.act()} renderEmptyState={() => <p className="option faint">{say('app.foundNoOrg')}</p>}>
            {entries.map((entry) => (
              <MenuItem key={entry.id} id={entry.id} textValue={entry.label} className="option">
                <span className="option-text"><span className="cut">{entry.label}</span>{entry.more && <span className="more cut">{entry.more}</span>}</span>
                {entry.chosen && <span className="end"><Icon name="check" /></span>}
              </MenuItem>
            ))}
          </AriaMenu>
        </Autocomplete>
        <button type="button" className="option switcher-all" onClick={all.act}><Icon name="building" />{all.label}</button>
      </Popover>
    </MenuTrigger>
  );
}
