import './sub-account.css';
import type { Module } from '../app/access';
import { useText } from '../app/text';
import { changesOf, type Change, type Grant, loses } from '../role/grants';
import { Chip, Chips } from '../ui/bits';

interface OpenedProps {
  modules: readonly { readonly module: Module; readonly name: string }[];
  /** What the roles that are ticked open, added up. */
  grants: readonly Grant[];
  /** What the roles that are saved open; absent for a new sub-account. */
  before?: readonly Grant[] | undefined;
}

/** What roles open, added up: module by module, each action with its scope, and what a change brings and takes. */
export function Opened({ modules, grants, before }: OpenedProps) {
  const say = useText();
  const names = modules.map(({ module }) => module);
  const now = changesOf([], grants, names);
  const changes = before ? changesOf(before, grants, names) : [];
  const shown = modules.filter(({ module }) => [...now, ...changes].some((change) => change.module === module));
  if (shown.length === 0)
    return (
      <p className="faint" role="status">
        {say('subAccount.opensNothing')}
      </p>
    );
  const text = ({ action, after, before: was }: Change) => {
    const scope = after ?? was;
    return scope === 'OWN'
      ? say('subAccount.actionOwn', { action: say(`role.action.${action}`) })
      : say(`role.action.${action}`);
  };
  return (
    <dl className="opened" aria-live="polite">
      {shown.map(({ module, name }) => {
        const of = (list: readonly Change[]) => list.filter((change) => change.module === module);
        const changed = (action: Change['action']) => of(changes).find((change) => change.action === action);
        return (
          <div key={module}>
            <dt>{name}</dt>
            <dd>
              <Chips>
                {of(now).map((open) => {
                  const change = changed(open.action);
                  return change && !loses(change) ? (
                    <Chip key={open.action} kind="come">
                      {say('subAccount.comes', { what: text(open) })}
                    </Chip>
                  ) : (
                    <Chip key={open.action}>{text(open)}</Chip>
                  );
                })}
                {of(changes)
                  .filter(loses)
                  .map((change) => (
                    <Chip key={`gone-${change.action}`} kind="gone">
                      {say('subAccount.goes', { what: text({ ...change, after: change.before }) })}
                    </Chip>
                  ))}
              </Chips>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
