import './table.css';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useText } from '../app/text';
import { Button } from './button';
import { Checkbox } from './checkbox';
import { Icon } from './icon';

/** A column of a table. */
export interface Column<R> {
  id: string;
  title: string;
  cell: (row: R) => ReactNode;
  /** The field that the API sorts by, where rows can be sorted by the column. */
  sort?: string;
  /** `lead` names the row, and heads its card on a phone; `acts` holds what can be done with the row. */
  as?: 'lead' | 'acts';
  end?: boolean;
}

/** How rows are sorted. */
export interface Sort {
  field: string;
  direction: 'ASC' | 'DESC';
}

/** The rows that are selected, also those of other pages, by id with their names. */
export type Selection = ReadonlyMap<string, string>;

interface TableProps<R extends { readonly id: string }> {
  /** What the rows are, for screen readers. */
  label: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  sort?: Sort | undefined;
  onSort?: (sort: Sort) => void;
  selection?: Selection;
  onSelect?: (selection: Selection) => void;
  /** The name of a row, by which it is selected. */
  nameOf?: (row: R) => string;
  /** The rows that are new. */
  marked?: string | ReadonlySet<string> | undefined;
}

/** A list of rows: a table, and the same elements as cards on a phone. */
export function Table<R extends { readonly id: string }>({
  label,
  columns,
  rows,
  sort,
  onSort,
  selection,
  onSelect,
  nameOf,
  marked,
}: TableProps<R>) {
  const say = useText();
  const choose = (chosen: readonly R[], on: boolean) => {
    const next = new Map(selection);
    for (const row of chosen) {
      if (on) next.set(row.id, nameOf?.(row) ?? row.id);
      else next.delete(row.id);
    }
    onSelect?.(next);
  };
  const here = rows.filter((row) => selection?.has(row.id)).length;
  return (
    <div className="table-scroll">
      <table className="table" role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {selection && (
              <th role="columnheader" scope="col" className="pick">
                <Checkbox
                  label={say('ui.selectPage')}
                  checked={rows.length > 0 && here === rows.length}
                  partly={here > 0 && here < rows.length}
                  onChange={(on) => choose(rows, on)}
                />
              </th>
            )}
            {columns.map((column) => (
              <Head key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr
              key={row.id}
              role="row"
              id={`row-${row.id}`}
              tabIndex={-1}
              data-chosen={selection?.has(row.id) || undefined}
              data-marked={(typeof marked === 'object' ? marked.has(row.id) : row.id === marked) || undefined}
            >
              {selection && (
                <td role="cell" className="pick">
                  <Checkbox
                    label={say('ui.selectRow', { name: nameOf?.(row) ?? row.id })}
                    checked={selection.has(row.id)}
                    onChange={(on) => choose([row], on)}
                  />
                </td>
              )}
              {columns.map((column) => (
                <td
                  key={column.id}
                  role="cell"
                  data-label={column.title}
                  className={
                    [column.as === 'acts' ? 'acts-cell' : column.as, column.end && 'end'].filter(Boolean).join(' ') ||
                    undefined
                  }
                >
                  {column.as === 'acts' ? <span className="acts">{column.cell(row)}</span> : column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head<R>({
  column,
  sort,
  onSort,
}: {
  column: Column<R>;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
}) {
  const field = column.sort;
  const direction = sort && sort.field === field ? sort.direction : undefined;
  return (
    <th
      role="columnheader"
      scope="col"
      className={column.end ? 'end' : undefined}
      aria-sort={direction && (direction === 'ASC' ? 'ascending' : 'descending')}
    >
      {field && onSort ? (
        <button
          type="button"
          className="sort"
          onClick={() => onSort({ field, direction: direction === 'ASC' ? 'DESC' : 'ASC' })}
        >
          {column.title}
          <Icon name={direction === 'DESC' ? 'sortDown' : 'sortUp'} size={12} />
        </button>
      ) : (
        column.title
      )}
    </th>
  );
}

/** The frame of a list: toolbar, batch bar, table and pager in one card. */
export function List({ stale, children }: { stale?: boolean; children: ReactNode }) {
  return (
    <section className="list" data-stale={stale || undefined}>
      {children}
    </section>
  );
}

/** What stands above a table: what can be done without a row. */
export function Toolbar({ title, children }: { title?: string; children?: ReactNode }) {
  return (
    <div className="toolbar">
      {title && <h2 className="title">{title}</h2>}
      <span className="space" />
      {children}
    </div>
  );
}

interface BatchBarProps {
  selection: Selection;
  onClear: () => void;
  /** Shows the rows that are selected. */
  onShow?: () => void;
  /** Selects all rows that match the filters; the number is theirs. */
  all?: { count: number; busy: boolean; select: () => void } | undefined;
  children: ReactNode;
}

/** What can be done with the rows that are selected. */
export function BatchBar({ selection, onClear, onShow, all, children }: BatchBarProps) {
  const say = useText();
  if (selection.size === 0) return null;
  return (
    <div className="batch-bar" role="region" aria-label={say('ui.batch')}>
      <span className="numbers">{say('ui.selected', { count: selection.size })}</span>
      {onShow && (
        <Button kind="link" onPress={onShow}>
          {say('ui.show')}
        </Button>
      )}
      <Button kind="link" onPress={onClear}>
        {say('ui.clear')}
      </Button>
      {all && (
        <Button kind="link" busy={all.busy} onPress={all.select}>
          {say('ui.selectAll', { count: all.count })}
        </Button>
      )}
      <span className="space" />
      {children}
    </div>
  );
}

/** The sizes that a page of a list can have. */
export const pageSizes = [20, 50, 100] as const;

/** The number of rows that a list skips at most. */
const furthest = 10_000;

interface PagerProps {
  total: number | undefined;
  page: number;
  size: number;
  onPage: (page: number) => void;
  onSize: (size: number) => void;
}

/** The pages of a list, and how many rows it has in all. */
export function Pager({ total, page, size, onPage, onSize }: PagerProps) {
  const say = useText();
  const last = Math.max(1, Math.ceil(Math.min(total ?? page * size, furthest + size) / size));
  return (
    <nav className="pager" aria-label={say('ui.pages')}>
      <span className="count numbers">{total === undefined ? '' : say('ui.total', { count: total })}</span>
      <label className="size">
        <span className="unseen">{say('ui.pageSize')}</span>
        <select className="input" value={size} onChange={(event) => onSize(Number(event.target.value))}>
          {pageSizes.map((one) => (
            <option key={one} value={one}>
              {say('ui.perPage', { count: one })}
            </option>
          ))}
        </select>
      </label>
      <span className="pages">
        <button
          type="button"
          className="page"
          disabled={page <= 1}
          onClick={() => onPage(page - 1)}
          aria-label={say('ui.previousPage')}
        >
          <Icon name="chevronLeft" />
        </button>
        {around(page, last).map((one, i) =>
          one === null ? (
            <span key={`gap-${i}`} aria-hidden="true">
              …
            </span>
          ) : (
            <button
              key={one}
              type="button"
              className="page"
              aria-current={one === page ? 'page' : undefined}
              aria-label={say('ui.page', { page: one })}
              onClick={() => onPage(one)}
            >
              {one}
            </button>
          ),
        )}
        <button
          type="button"
          className="page"
          disabled={page >= last}
          onClick={() => onPage(page + 1)}
          aria-label={say('ui.nextPage')}
        >
          <Icon name="chevronRight" />
        </button>
      </span>
    </nav>
  );
}

// around returns the first page, the last, and those beside the current one; null stands for what is left out.
function around(page: number, last: number): (number | null)[] {
  const shown = [1, page - 1, page, page + 1, last].filter((one) => one >= 1 && one <= last);
  const sorted = [...new Set(shown)].sort((a, b) => a - b);
  return sorted.flatMap((one, i) => {
    const before = sorted[i - 1];
    if (before === undefined || one - before === 1) return [one];
    return one - before === 2 ? [one - 1, one] : [null, one];
  });
}

interface QueryBarProps<F> {
  /** The filters in force, as the address has them. */
  filters: F;
  /** The filters that are none. */
  none: F;
  onQuery: (filters: F) => void;
  children: (draft: F, change: (part: Partial<F>) => void) => ReactNode;
}

/** The filters of a list: they are applied with 查询 and taken back with 重置. */
export function QueryBar<F extends object>({ filters, none, onQuery, children }: QueryBarProps<F>) {
  const say = useText();
  const inForce = JSON.stringify(filters);
  // On a phone the filters are folded, unless some are in force.
  const [open, setOpen] = useState(() => inForce !== JSON.stringify(none));
  const [draft, setDraft] = useState({ of: inForce, values: filters });
  // Back, or a link, brings other filters.
  const values = draft.of === inForce ? draft.values : filters;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onQuery(values);
  };
  return (
    <form
      className="query-bar"
      role="search"
      data-open={open || undefined}
      onSubmit={submit}
      onReset={() => onQuery(none)}
    >
      {children(values, (part) => setDraft({ of: inForce, values: { ...values, ...part } }))}
      <div className="do">
        <Button kind="primary" type="submit">
          {say('ui.query')}
        </Button>
        <Button type="reset" onPress={() => setDraft({ of: inForce, values: none })}>
          {say('ui.reset')}
        </Button>
      </div>
      <div className="fold">
        <Button kind="link" aria-expanded={open} onPress={() => setOpen(!open)}>
          {open ? say('ui.fewerFilters') : say('ui.moreFilters')}
        </Button>
      </div>
    </form>
  );
}
