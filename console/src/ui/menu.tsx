import './select.css';
import type { ReactNode } from 'react';
import { Menu as AriaMenu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Icon, type IconName } from './icon';

/** An entry of a menu. */
export interface Entry {
  id: string;
  label: string;
  /** A second line. */
  more?: string;
  icon?: IconName;
  /** Whether it is the one in force. */
  chosen?: boolean;
  /** Whether its effect can't be taken back. */
  warns?: boolean;
  disabled?: boolean;
  act: () => void;
}

/** A button, the first child, that opens a list of entries. */
export function Menu({
  label,
  title,
  about,
  entries,
  children,
}: {
  label: string;
  title?: string;
  about?: string;
  entries: readonly Entry[];
  children: ReactNode;
}) {
  return (
    <MenuTrigger>
      {children}
      <Popover className="popover" placement="bottom end">
        {title && (
          <div className="popover-head">
            <strong className="cut">{title}</strong>
            {about && <span className="cut">{about}</span>}
          </div>
        )}
        <AriaMenu
          aria-label={label}
          onAction={(key) => entries.find(({ id }) => id === key)?.act()}
          disabledKeys={entries.filter(({ disabled }) => disabled).map(({ id }) => id)}
        >
          {entries.map((entry) => (
            <MenuItem
              key={entry.id}
              id={entry.id}
              textValue={entry.label}
              className={entry.warns ? 'option warns' : 'option'}
            >
              {entry.icon && <Icon name={entry.icon} />}
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
      </Popover>
    </MenuTrigger>
  );
}
