import './grant-grid.css';
import type { roleEditorQuery$data } from '../__generated__/roleEditorQuery.graphql';
import { useText } from '../app/text';
import { Button } from '../ui/button';
import { Checkbox } from '../ui/checkbox';
import { Select } from '../ui/select';
import { type Line, type Scope, tick } from './grants';

/** A module as the API describes it. */
export type ModuleInfo = roleEditorQuery$data['modules'][number];

const actions = ['VIEW', 'EDIT', 'EXPORT'] as const;

/**
 * The grid of modules, actions and scopes, drawn from what the server says that can be granted. Where no module has more
 * than one scope, scopes are not shown.
 */
export function GrantGrid({
  modules,
  lines,
  onChange,
}: {
  modules: readonly ModuleInfo[];
  lines: readonly Line[];
  onChange: (lines: Line[]) => void;
}) {
  const say = useText();
  const scoped = modules.some(({ scopes }) => scopes.length > 1);
  const set = (at: Line, next: Line) =>
    onChange(lines.includes(at) ? lines.map((line) => (line === at ? next : line)) : [...lines, next]);
  return (
    <table className="grant-grid">
      <thead>
        <tr>
          <th scope="col">{say('role.module')}</th>
          {actions.map((action) => (
            <th key={action} scope="col">
              {say(`role.action.${action}`)}
            </th>
          ))}
          {scoped && (
            <th scope="col" className="of-scope">
              {say('role.scope')}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {modules.flatMap((info) => {
          const own = lines.filter(({ module }) => module === info.module);
          const shown = own.length > 0 ? own : [{ module: info.module, scope: info.scopes[0] ?? 'ALL', actions: [] }];
          const free = info.scopes.find((scope) => !own.some((line) => line.scope === scope));
          return shown.map((line, i) => (
            <tr key={`${info.module}-${i}`}>
              <th scope="row">
                {i === 0 ? (
                  <>
                    {info.name}
                    <span className="more">{info.description}</span>
                  </>
                ) : (
                  <span className="more">{say('role.alsoWith', { module: info.name })}</span>
                )}
                {i === shown.length - 1 && free && line.actions.length > 0 && (
                  <Button
                    kind="link"
                    onPress={() => onChange([...lines, { module: info.module, scope: free, actions: ['VIEW'] }])}
                  >
                    {say('role.addScope')}
                  </Button>
                )}
                {i > 0 && (
                  <Button kind="link" onPress={() => onChange(lines.filter((other) => other !== line))}>
                    {say('role.removeScope')}
                  </Button>
                )}
              </th>
              {actions.map((action) => (
                <td key={action} data-label={say(`role.action.${action}`)}>
                  {info.actions.includes(action) ? (
                    <Checkbox
                      label={`${info.name} · ${say(`role.action.${action}`)}`}
                      checked={line.actions.includes(action)}
                      onChange={(on) => set(line, tick(line, action, on))}
                    />
                  ) : (
                    <span className="none" aria-label={say('role.noAction')}>
                      –
                    </span>
                  )}
                </td>
              ))}
              {scoped && (
                <td className="of-scope">
                  {info.scopes.length > 1 ? (
                    <Select
                      label={`${info.name} · ${say('role.scope')}`}
                      labelUnseen
                      value={line.scope}
                      disabled={line.actions.length === 0}
                      onChange={(scope) => set(line, { ...line, scope: scope as Scope })}
                      options={info.scopes
                        .filter((scope) => scope === line.scope || !own.some((other) => other.scope === scope))
                        .map((scope) => ({ value: scope, label: say(`role.scope.${scope}`) }))}
                    />
                  ) : (
                    <span className="faint">{say('role.scope.ALL')}</span>
                  )}
                </td>
              )}
            </tr>
          ));
        })}
      </tbody>
    </table>
  );
}
