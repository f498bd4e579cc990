import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { useApp } from '../../app-context.ts';
import type { Row } from '../../runs/arrange.ts';
import { type Column, NAME } from '../../runs/columns.ts';
import { useWindow } from '../window.ts';
import { useMoving } from './moving.ts';
import { GroupRow, RunRow } from './rows.tsx';
import { HEAD, ROW } from './sizes.ts';

interface TableProps {
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  readonly sort: string;
  readonly closed: Signal<ReadonlySet<string>>;
  readonly narrow: boolean;
}

/** The table itself: only the rows that can be seen are made. */
export function Table({ rows, columns, sort, closed, narrow }: TableProps): JSX.Element {
  const { selected } = useApp();
  const scroller = useRef<HTMLDivElement>(null);
  const { from, to } = useWindow(scroller, rows.length, ROW, HEAD).value;
  useMoving(scroller, rows);
  const seen = rows.slice(from, to);
  const span = columns.length + (narrow ? 2 : 3);
  const ids = rows.flatMap((row) => (row.kind === 'run' ? [row.run] : []));
  const every = ids.length > 0 && ids.every((id) => selected.value.has(id));
  return (
    <div ref={scroller} class="runs-scroll" data-testid="runs">
      <table class="runs-table" aria-rowcount={rows.length + 1}>
        <colgroup>
          {!narrow && <col class="col-select" />}
          <col class="col-name" />
          <col class="col-spark" />
          {columns.map(({ key, width }) => (
            <col key={key} style={{ width: `${width}px` }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {!narrow && (
              <th class="select">
                <input
                  type="checkbox"
                  aria-label="Select all that are shown"
                  checked={every}
                  onChange={() => (selected.value = new Set(every ? [] : ids))}
                />
              </th>
            )}
            <Heading column={NAME} sort={sort} />
            <th scope="col">Course</th>
            {columns.map((column) => (
              <Heading key={column.key} column={column} sort={sort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {from > 0 && <Gap rows={from} span={span} />}
          {seen.map((row, i) =>
            row.kind === 'run' ? (
              <RunRow key={row.key} id={row.run} columns={columns} index={from + i} narrow={narrow} />
            ) : (
              <GroupRow key={row.key} group={row.group} columns={columns} closed={closed} narrow={narrow} />
            ),
          )}
          {to < rows.length && <Gap rows={rows.length - to} span={span} />}
        </tbody>
      </table>
    </div>
  );
}

/** The height of rows that are not made. */
function Gap({ rows, span }: { rows: number; span: number }): JSX.Element {
  return (
    <tr class="gap" aria-hidden="true">
      <td colSpan={span} style={{ height: `${rows * ROW}px` }} />
    </tr>
  );
}

function Heading({ column, sort }: { column: Column; sort: string }): JSX.Element {
  const { location } = useApp();
  const { key, label, numeric } = column;
  const way = sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : undefined;
  const next = way === 'ascending' ? `-${key}` : way === 'descending' ? null : key;
  return (
    <th scope="col" class={numeric ? 'numeric' : undefined} aria-sort={way}>
      <button
        type="button"
        class="quiet clip"
        title={`Sort by ${key.replace('config:', '')}`}
        onClick={() => location.show({ sort: next })}
      >
        {label}
        {way && <span aria-hidden="true">{way === 'ascending' ? ' ↑' : ' ↓'}</span>}
      </button>
    </th>
  );
}
