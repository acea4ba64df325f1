import { useText } from '../app/text';
import { Chip, Chips } from '../ui/bits';
import { changesOf, grantsOf, type Line } from './grants';

/** Shows what grants open, module by module. */
export function GrantChips({
  lines,
  modules,
}: {
  lines: readonly Line[];
  modules: readonly { module: Line['module']; name: string }[];
}) {
  const say = useText();
  const open = changesOf(
    [],
    grantsOf(lines),
    modules.map(({ module }) => module),
  );
  if (open.length === 0) return <span className="faint">{say('role.noModules')}</span>;
  return (
    <Chips>
      {open.map(({ module, action, after }) => {
        const what = `${modules.find((one) => one.module === module)?.name ?? module} · ${say(`role.action.${action}`)}`;
        return (
          <Chip key={`${module}.${action}`}>
            {after === 'OWN' ? say('subAccount.actionOwn', { action: what }) : what}
          </Chip>
        );
      })}
    </Chips>
  );
}
