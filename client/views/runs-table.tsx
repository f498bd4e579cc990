import { useComputed, useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { RunState } from '../../shared/frames.ts';
import { runAddress } from '../address.ts';
import { useApp } from '../app-context.ts';
import { formatCount, formatValue, plural } from '../format.ts';
import { toggled } from '../keys.ts';
import { Menu } from '../parts/menu.tsx';
import { SeverityCounts, Shape } from '../parts/shape.tsx';
import { Spark, SparkBand } from '../parts/spark.tsx';
import { useWindow } from '../parts/window.ts';
import { type Group, type Row, rowsOf, sortRuns, type Way } from '../runs/arrange.ts';
import { type Column, COLUMNS, configColumn } from '../runs/columns.ts';
import { configOf, differingKeys } from '../runs/config.ts';
import { matches, parseQuery } from '../runs/query.ts';

/** Height of a row in CSS pixels; the style sheet has the same. */
const ROW = 48;
const HEAD = 34;
/** Config columns shown where nobody has chosen any. */
const CONFIG = 4;
const NARROW = '(max-width: 760px)';

/** All runs, as a table: sorted, filtered, grouped; some selected. What it shows is in the address. */
export function RunsTable(): JSX.Element {
  const app = useApp();
  const { state, location } = app;
  const closed = useSignal<ReadonlySet<string>>(new Set());
  const narrow = useNarrow();
  const order = state.order.value;
  const beat = state.beat.value;
  const [q, sort, group, cols] = ['q', 'sort', 'group', 'cols'].map((name) => location.param(name));

  const runs = useMemo(() => order.map((run) => state.runs.get(run)!.peek()), [order, beat]);
  const keys = useMemo(() => differingKeys(runs), [runs]);
  const columns = useMemo(
    () => (narrow ? COLUMNS.filter(({ key }) => key === 'best') : columnsOf(cols, runs, keys)),
    [cols, runs, keys, narrow],
  );
  const grouped = group === '' ? [] : group.split(',');
  const matching = useMemo(() => {
    const query = parseQuery(q);
    return runs.filter((run) => matches(run, query));
  }, [runs, q]);
  const rows = useMemo(() => {
    const way: Way = sort.startsWith('-') ? 'down' : 'up';
    const key = sort.replace(/^-/, '');
    const by =
      key === 'name'
        ? NAME
        : (columns.find((column) => column.key === key) ?? COLUMNS.find((column) => column.key === key));
    return rowsOf(sortRuns(matching, by, way, state.clock.peek()), grouped, closed.value);
  }, [matching, sort, group, closed.value]);

  return (
    <main class="runs" aria-label="Runs">
      <div class="runs-bar">
        <h1>
          Runs{' '}
          <span class="muted" data-testid="count">
            {matching.length === runs.length
              ? formatCount(runs.length)
              : `${formatCount(matching.length)} of ${formatCount(runs.length)}`}
          </span>
        </h1>
        <input
          type="search"
          placeholder={narrow ? 'Filter' : 'Filter: words, tag:night, status:lost, lr<1e-3, is:archived'}
          aria-label="Filter runs"
          data-testid="filter"
          value={q}
          onInput={(event) => location.show({ q: event.currentTarget.value })}
        />
        <Menu
          label={grouped.length > 0 ? `Grouped by ${grouped.map(short).join(', ')}` : 'Group'}
          testid="group"
        >
          {['project', 'status', ...keys.slice(0, 40)].map((key) => (
            <label key={key}>
              <input
                type="checkbox"
                checked={grouped.includes(key)}
                onChange={() => location.show({ group: [...toggled(new Set(grouped), key)].join(',') })}
              />
              <span class="clip">{key}</span>
            </label>
          ))}
        </Menu>
        {!narrow && (
          <Menu label="Columns" testid="columns">
            {[
              ...COLUMNS.map(({ key, label }) => [key, label]),
              ...keys.map((key) => [`config:${key}`, key]),
            ].map(([key, label]) => (
              <label key={key}>
                <input
                  type="checkbox"
                  checked={columns.some((column) => column.key === key)}
                  onChange={() =>
                    location.show({
                      cols: [...toggled(new Set(columns.map((column) => column.key)), key)].join(','),
                    })
                  }
                />
                <span class="clip">{label}</span>
              </label>
            ))}
          </Menu>
        )}
      </div>
      <Table rows={rows} columns={columns} sort={sort} closed={closed} narrow={narrow} />
      {rows.length === 0 && (
        <p class="muted note no-match" data-testid="no-match">
          No run matches “{q}”.{' '}
          <button type="button" onClick={() => location.show({ q: null })}>
            Show all runs
          </button>
        </p>
      )}
      <Selection />
    </main>
  );
}

const NAME: Column = {
  key: 'name',
  label: 'Run',
  width: 280,
  numeric: false,
  value: ({ name }) => name,
  text: ({ name }) => name,
};

/** The columns the address names; else those that have something to show, and the first settings that differ. */
function columnsOf(cols: string, runs: readonly RunState[], keys: readonly string[]): Column[] {
  const all = [...COLUMNS, ...keys.map(configColumn)];
  if (cols !== '') {
    const wanted = cols.split(',');
    return all.filter(({ key }) => wanted.includes(key));
  }
  const shown = COLUMNS.filter(
    (column) => column.key !== 'created' && runs.some((run) => column.text(run, 0) !== ''),
  ).filter(({ key }) => key !== 'project' || new Set(runs.map(({ project }) => project)).size > 1);
  // Settings stand beside the figures they bring about; words come last.
  const listed = (key: string): boolean =>
    runs.some((run) => String(configOf(run).get(key)).startsWith('[')) || /(^|\.)host(name)?$/.test(key);
  const rate = (key: string): number => Number(!/(^|\.)(lr|learning_?rate)$/i.test(key));
  const settings = keys
    .filter((key) => !listed(key))
    .sort((a, b) => rate(a) - rate(b))
    .slice(0, CONFIG);
  const words = shown.findIndex(({ key }) => key === 'tags' || key === 'project' || key === 'host');
  const at = words < 0 ? shown.length : words;
  return [...shown.slice(0, at), ...settings.map(configColumn), ...shown.slice(at)];
}

interface TableProps {
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  readonly sort: string;
  readonly closed: Signal<ReadonlySet<string>>;
  readonly narrow: boolean;
}

function Table({ rows, columns, sort, closed, narrow }: TableProps): JSX.Element {
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

interface RowProps {
  readonly id: string;
  readonly columns: readonly Column[];
  readonly index: number;
  readonly narrow: boolean;
}

/** One run. It reads its own signals, so that it alone is rendered when its run logs. */
function RunRow({ id, columns, index, narrow }: RowProps): JSX.Element | null {
  const { state, alerts, selected, editing } = useApp();
  const known = state.runs.get(id)?.value;
  const chosen = useComputed(() => selected.value.has(id)).value;
  if (!known) return null;
  const open = state.findings(id).value.filter(({ status }) => status === 'open');
  const unread = open.some((finding) => !alerts.read.value.has(finding.id));
  const now = known.ended ?? state.clock.value;
  return (
    <tr
      class={`run-row ${known.status}${chosen ? ' chosen' : ''}${known.archived ? ' archived' : ''}`}
      data-testid="run-row"
      data-run={id}
      aria-rowindex={index + 2}
    >
      {!narrow && (
        <td class="select">
          <input
            type="checkbox"
            aria-label={`Select ${known.name}`}
            checked={chosen}
            onChange={() => (selected.value = toggled(selected.value, id))}
          />
        </td>
      )}
      <td class="name-cell">
        <span class="row-line">
          <span class={`status ${known.status}`} title={known.status}>
            <Shape of={known.status} />
            <span class="unseen">{known.status}</span>
          </span>
          <a class="name clip" href={runAddress(id)}>
            {known.name}
          </a>
          {known.pinned && (
            <span class="pin" role="img" aria-label="pinned">
              ★
            </span>
          )}
          {unread && <span class="unread" role="img" aria-label="findings not yet read" />}
          <SeverityCounts of={open} />
          {!narrow && state.mayWrite.value && (
            <button
              type="button"
              class="quiet row-edit"
              aria-label={`Edit ${known.name}`}
              onClick={() => (editing.value = id)}
            >
              Edit
            </button>
          )}
        </span>
        <span class="clip verdict small muted">
          {known.verdict || (known.step === null ? 'No steps yet' : '')}
        </span>
      </td>
      <td class="spark-cell">
        <Spark trend={known.trend} />
      </td>
      {columns.map((column) => (
        <td key={column.key} class={column.numeric ? 'numeric clip' : 'clip'} data-column={column.key}>
          <Cell column={column} run={known} now={now} />
        </td>
      ))}
    </tr>
  );
}

function Cell({ column, run, now }: { column: Column; run: RunState; now: number }): JSX.Element {
  if (column.key === 'tags')
    return (
      <>
        {run.tags.map((tag) => (
          <span key={tag} class="tag">
            {tag}
          </span>
        ))}
      </>
    );
  if (column.key === 'status') return <span class={`status ${run.status}`}>{run.status}</span>;
  if (column.key === 'created') return <time>{new Date(run.created * 1000).toLocaleDateString()}</time>;
  return <>{column.text(run, now)}</>;
}

interface GroupProps {
  readonly group: Group;
  readonly columns: readonly Column[];
  readonly closed: Signal<ReadonlySet<string>>;
  readonly narrow: boolean;
}

function GroupRow({ group, columns, closed, narrow }: GroupProps): JSX.Element {
  const shut = closed.value.has(group.key);
  const { best } = group;
  return (
    <tr class="group-row" data-testid="group-row">
      {!narrow && <td class="select" />}
      <td class="name-cell">
        <button
          type="button"
          class="quiet fold clip"
          aria-expanded={!shut}
          onClick={() => (closed.value = toggled(closed.value, group.key))}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d={shut ? 'M6 3.5 10.5 8 6 12.5' : 'M3.5 6 8 10.5 12.5 6'} />
          </svg>
          <span class="clip">
            {group.values.map(([key, value]) => `${short(key)} ${value}`).join(' · ')}{' '}
            <span class="muted">{plural(group.runs.length, 'run')}</span>
          </span>
        </button>
      </td>
      <td class="spark-cell">
        <SparkBand band={group.band} />
      </td>
      <td colSpan={Math.max(1, columns.length)} class={narrow ? 'numeric' : ''}>
        {best && (narrow ? formatValue(best.mean) : <Aggregate best={best} />)}
      </td>
    </tr>
  );
}

function Aggregate({ best }: { best: NonNullable<Group['best']> }): JSX.Element {
  return (
    <>
      <span class="muted">best, mean</span> {formatValue(best.mean)}{' '}
      <span class="muted">
        from {formatValue(best.least)} to {formatValue(best.most)}
      </span>
    </>
  );
}

/** What can be done with the runs that are selected. */
function Selection(): JSX.Element | null {
  const { state, selected, actions } = useApp();
  const runs = [...selected.value].flatMap((id) => state.runs.get(id)?.value ?? []);
  if (runs.length === 0) return null;
  const mayWrite = state.mayWrite.value;
  const clear = (): void => void (selected.value = new Set());
  const archived = runs.every((run) => run.archived);
  const pinned = runs.every((run) => run.pinned);
  return (
    <div class="selection" role="toolbar" aria-label="Selected runs" data-testid="selection">
      <span>{formatCount(runs.length)} selected</span>
      <a
        class="button strong"
        data-testid="compare"
        href={`#/compare?runs=${runs
          .slice(0, 50)
          .map(({ run }) => encodeURIComponent(run))
          .join(',')}`}
      >
        Compare{runs.length > 50 && ' the first 50'}
      </a>
      {mayWrite && (
        <>
          <button
            type="button"
            onClick={() => void actions.editAll(runs, { pinned: !pinned }, pinned ? 'Unpinned' : 'Pinned')}
          >
            {pinned ? 'Unpin' : 'Pin'}
          </button>
          <button
            type="button"
            data-testid="archive"
            onClick={() => {
              void actions.editAll(runs, { archived: !archived }, archived ? 'Took back' : 'Archived');
              clear();
            }}
          >
            {archived ? 'Take back' : 'Archive'}
          </button>
          <button
            type="button"
            class="danger"
            data-testid="delete"
            onClick={() => {
              void actions.remove(runs);
              clear();
            }}
          >
            Delete
          </button>
        </>
      )}
      <button type="button" class="quiet" onClick={clear}>
        Clear
      </button>
    </div>
  );
}

/** j and k: moves the focus from row to row, and scrolls to where it goes. */
function useMoving(scroller: { current: HTMLDivElement | null }, rows: readonly Row[]): void {
  const at = useRef(-1);
  /** Moves whose row has not the focus yet: a key held down is faster than frames. */
  const under = useRef(0);
  useEffect(() => {
    const move = (event: Event): void => {
      const focused = document.activeElement?.closest<HTMLElement>('[data-run]')?.dataset.run;
      if (focused !== undefined && under.current === 0)
        at.current = rows.findIndex((row) => row.key === focused);
      const by = (event as CustomEvent<number>).detail;
      let next = at.current + by;
      while (rows.at(next)?.kind === 'group' && next >= 0) next += by;
      const row = rows[next] as Row | undefined;
      if (row?.kind !== 'run') return;
      event.preventDefault();
      at.current = next;
      const element = scroller.current!;
      const top = HEAD + next * ROW;
      if (top - HEAD < element.scrollTop) element.scrollTop = top - HEAD;
      else if (top + ROW > element.scrollTop + element.clientHeight)
        element.scrollTop = top + ROW - element.clientHeight;
      // The row is made by the scroll's own event, a frame later.
      under.current += 1;
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          under.current -= 1;
          if (under.current > 0) return;
          element
            .querySelector<HTMLElement>(`[data-run="${CSS.escape(row.run)}"] .name`)
            ?.focus({ preventScroll: true });
        }),
      );
    };
    document.addEventListener('tidemark:move', move);
    return () => document.removeEventListener('tidemark:move', move);
  }, [rows]);
}

/** Whether there is room for a phone's columns only. */
function useNarrow(): boolean {
  const narrow = useSignal(matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const look = (): void => void (narrow.value = query.matches);
    query.addEventListener('change', look);
    return () => query.removeEventListener('change', look);
  }, []);
  return narrow.value;
}

/** The last part of a path: `optimizer.lr` as "lr". */
function short(path: string): string {
  return path.split('.').at(-1) ?? path;
}
