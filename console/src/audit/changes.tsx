import './audit.css';
import { useText } from '../app/text';
import type { Change, Words } from './words';

/** What changed, a field a line: what it held before, and what it holds now. */
export function Changes({ changes, words }: { changes: readonly Change[]; words: Words }) {
  const say = useText();
  return (
    <table className="changes" role="table">
      <thead role="rowgroup">
        <tr role="row"><th role="columnheader" scope="col">{say('audit.fieldName')}</th><th role="columnheader" scope="col">{say('audit.before')}</th><th role="columnheader" scope="col">{say('audit.after')}</th></tr>
      </thead>
      <tbody role="rowgroup">
        {changes.map((change) => {
          const before = words.lines(change, 'before');
          const after = words.lines(change, 'after');
          const hidden = before === null && after === null;
          return (
            <tr key={change.field} role="row">
              <th role="rowheader" scope="row">{words.field(change.field)}</th>
              {hidden ? <td role="cell" colSpan={2} className="faint">{say('audit.hidden')}</td> : (
                <>
                  <td role="cell" data-label={say('audit.before')}><Side lines={before} other={after} kind="gone" /></td>
                  <td role="cell" data-label={say('audit.after')}><Side lines={after} other={before} kind="come" /></td>
                </>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

// A line that the other side does not have is marked, by a sign and not by its colour alone.
function Side({ lines, other, kind }: { lines: string[] | null; other: string[] | null; kind: 'gone' | 'come' }) {
  const say = useText();
  if (lines === null) return <span className="faint">{say('audit.nothing')}</span>;
  if (lines.length === 0) return <span className="faint">{say('audit.blank')}</span>;
  return lines.map((line, i) => <span key={`${i}-${line}`} className={other?.includes(line) ? 'line' : `line ${kind}`}>{line}</span>);
}
