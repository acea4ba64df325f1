import './sub-account.css';
import { useText } from '../app/text';
import { Checkbox } from '../ui/checkbox';
import { Icon } from '../ui/icon';

/** A role that can be given. */
export interface RoleChoice {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

/** The most roles that a sub-account can hold. */
const most = 10;

/** The roles of a sub-account, to tick. */
export function RolePicker({
  roles,
  chosen,
  onChange,
  error,
}: {
  roles: readonly RoleChoice[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  error?: string | undefined;
}) {
  const say = useText();
  const full = chosen.length >= most;
  const toggle = (id: string, on: boolean) =>
    onChange(roles.map((role) => role.id).filter((one) => (one === id ? on : chosen.includes(one))));
  return (
    <fieldset className="field role-picker" aria-describedby="role-picker-said">
      <legend className="field-label">
        {say('subAccount.roles')}
        <span className="needed" aria-hidden="true">
          *
        </span>
      </legend>
      <ul className="role-choices">
        {roles.map((role) => (
          <li key={role.id} data-chosen={chosen.includes(role.id) || undefined}>
            <Checkbox
              checked={chosen.includes(role.id)}
              disabled={full && !chosen.includes(role.id)}
              onChange={(on) => toggle(role.id, on)}
            >
              <span className="role-choice">
                <span>{role.name}</span>
                {role.description && <span className="faint">{role.description}</span>}
              </span>
            </Checkbox>
          </li>
        ))}
      </ul>
      <div id="role-picker-said">
        {error ? (
          <p className="wrong">
            <Icon name="warning" size={14} />
            <span>{error}</span>
          </p>
        ) : (
          <p className="hint">{say('subAccount.rolesHint')}</p>
        )}
      </div>
    </fieldset>
  );
}
