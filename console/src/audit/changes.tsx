import './audit.css';
import { useNames } from '../app/names';
import { useText } from '../app/text';
import type { Change, Words } from './words';

const sides = ['before', 'after'] as const;

interface ChangesProps {
  changes: readonly Change[];
  words: Words;
}

/**
 * What changed, a field a line: what it held before, and what it holds now. Of an object that is new or gone there is
 * one side.
 */
export function Changes({ changes, words }: ChangesProps) {
  const say = useText();
  const rows = changes.map((change) => ({
    change,
    before: words.lines(change, 'before'),
    after: words.lines(change, 'after'),
  }));
  const told = sides.filter((side) => rows.some((row) => row[side] !== null));
  const shown = told.length > 0 ? told : sides;
  return (
    <table className="changes" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">
            {say('audit.fieldName')}
          </th>
          {shown.map((side) => (
            <th key={side} role="columnheader" scope="col">
              {say(`audit.side.${side}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(({ change, before, after }) => (
          <tr key={change.field} role="row">
            <th role="rowheader" scope="row">
              {words.field(change.field)}
            </th>
            {before === null && after === null ? (
              <td role="cell" colSpan={shown.length} className="faint">
                {say('audit.hidden')}
              </td>
            ) : (
              shown.map((side) => (
                <td key={side} role="cell" data-label={say(`audit.side.${side}`)}>
                  <Side
                    lines={side === 'before' ? before : after}
                    other={side === 'before' ? after : before}
                    kind={shown.length === 1 ? null : side === 'before' ? 'gone' : 'come'}
                  />
                </td>
              ))
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

// A line that the other side does not have is marked, by a sign and not by its colour alone.
function Side({
  lines,
  other,
  kind,
}: {
  lines: string[] | null;
  other: string[] | null;
  kind: 'gone' | 'come' | null;
}) {
  const say = useText();
  if (lines === null) return <span className="line faint">{say('audit.nothing')}</span>;
  if (lines.length === 0) return <span className="line faint">{say('audit.blank')}</span>;
  return lines.map((line, i) => (
    <span key={`${i}-${line}`} className={kind === null || other?.includes(line) ? 'line' : `line ${kind}`}>
      {line}
    </span>
  ));
}

/** What changed, in a few words a field. */
export function ChangesInBrief({ changes, words }: ChangesProps) {
  const say = useText();
  const listed = useNames();
  return (
    <span className="about">
      {changes.map((change) => {
        const [before, after] = sides.map((side) => listed(words.lines(change, side) ?? []));
        const field = words.field(change.field);
        if (!before && !after) return null;
        if (!before || !after)
          return <span key={change.field}>{say('audit.isNow', { field, value: (after || before) ?? '' })}</span>;
        return <span key={change.field}>{say('audit.was', { field, before, after })}</span>;
      })}
    </span>
  );
}
