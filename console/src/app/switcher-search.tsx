import '../ui/field.css';
import '../ui/select.css';
import type { ReactNode } from 'react';
import { Autocomplete, useFilter } from 'react-aria-components/Autocomplete';
import { Input } from 'react-aria-components/Input';
import { Menu as AriaMenu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { SearchField } from 'react-aria-components/SearchField';
import { Icon } from '../ui/icon';
import type { Entry } from '../ui/menu';
import { useText } from './text';

/** The orgs of somebody who has many, found by a part of their names. */
export function SwitcherSearch({
  entries,
  all,
  children,
}: {
  entries: readonly Entry[];
  all: Entry;
  children: ReactNode;
}) {
  const say = useText();
  const { contains } = useFilter({ sensitivity: 'base' });
  return (
    <MenuTrigger>
      {children}
      <Popover className="popover switcher-popover" placement="bottom start">
        <Autocomplete filter={contains}>
          <SearchField aria-label={say('app.findOrg')} autoFocus className="switcher-search">
            <Input className="input" placeholder={say('app.findOrg')} />
          </SearchField>
          <AriaMenu
            aria-label={say('app.switchOrg')}
            className="switcher-found"
            onAction={(key) => entries.find(({ id }) => id === key)?.act()}
            renderEmptyState={() => <p className="option faint">{say('app.foundNoOrg')}</p>}
          >
            {entries.map((entry) => (
              <MenuItem key={entry.id} id={entry.id} textValue={entry.label} className="option">
                <span className="option-text">
                  <span className="cut">{entry.label}</span>
                  {entry.more && <span className="more cut">{entry.more}</span>}
                </span>
                {entry.chosen && (
                  <span className="end">
                    <Icon name="check" />
                  </span>
                )}
              </MenuItem>
            ))}
          </AriaMenu>
        </Autocomplete>
        <button type="button" className="option switcher-all" onClick={all.act}>
          <Icon name="building" />
          {all.label}
        </button>
      </Popover>
    </MenuTrigger>
  );
}
