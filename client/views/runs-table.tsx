import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { useApp } from '../app-context.ts';
import { formatCount } from '../format.ts';
import { toggled } from '../keys.ts';
import { Menu } from '../parts/menu.tsx';
import { useNarrow } from '../parts/narrow.ts';
import { Selection } from '../parts/runs/selection.tsx';
import { Table } from '../parts/runs/table.tsx';
import { rowsOf, sortRuns, type Way } from '../runs/arrange.ts';
import { chosenColumns, COLUMNS, lastOf, NAME } from '../runs/columns.ts';
import { differingKeys } from '../runs/config.ts';
import { matches, parseQuery } from '../runs/query.ts';

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
    () => (narrow ? COLUMNS.filter(({ key }) => key === 'best') : chosenColumns(cols, runs, keys)),
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
          label={grouped.length > 0 ? `Grouped by ${grouped.map(lastOf).join(', ')}` : 'Group'}
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
