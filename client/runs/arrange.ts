import type { RunState } from '../../shared/frames.ts';
import type { Column } from './columns.ts';
import { configOf } from './config.ts';

/** One line of the table: a group's heading, or a run. */
export type Row =
  | { readonly kind: 'run'; readonly key: string; readonly run: string }
  | { readonly kind: 'group'; readonly key: string; readonly group: Group };

/** Runs that have the same values under the keys they are grouped by. */
export interface Group {
  readonly key: string;
  readonly values: readonly (readonly [key: string, value: string])[];
  readonly runs: readonly RunState[];
  /** Of the best values there are; null while there are none. */
  readonly best: { readonly mean: number; readonly least: number; readonly most: number } | null;
  readonly band: Band | null;
}

/** The courses of several runs as one: mean, least and most at each of equally many places. */
export interface Band {
  readonly mean: readonly number[];
  readonly least: readonly number[];
  readonly most: readonly number[];
}

export type Way = 'up' | 'down';

/** Pinned runs first, then by a column; what has no value comes last whichever way. Stable. */
export function sortRuns(
  runs: readonly RunState[],
  column: Column | undefined,
  way: Way,
  now: number,
): RunState[] {
  const sign = way === 'up' ? 1 : -1;
  const valued = runs.map((run) => ({ run, value: column?.value(run, now) ?? null }));
  valued.sort((a, b) => {
    const pinned = Number(b.run.pinned) - Number(a.run.pinned);
    if (pinned !== 0 || !column) return pinned;
    return compareValues(a.value, b.value, sign);
  });
  return valued.map(({ run }) => run);
}

type Value = number | string | boolean | null;

function compareValues(a: Value, b: Value, sign: number): number {
  const none = (value: Value): boolean => value === null || value === '' || Number.isNaN(value);
  if (none(a) || none(b)) return Number(none(a)) - Number(none(b));
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  return sign * String(a).localeCompare(String(b), 'en', { numeric: true });
}

/** The rows of the table: runs as they are sorted, under their groups' headings where they are grouped. */
export function rowsOf(
  runs: readonly RunState[],
  keys: readonly string[],
  closed: ReadonlySet<string>,
): Row[] {
  const row = ({ run }: RunState): Row => ({ kind: 'run', key: run, run });
  if (keys.length === 0) return runs.map(row);
  return groupRuns(runs, keys).flatMap((group): Row[] => [
    { kind: 'group', key: `group\n${group.key}`, group },
    ...(closed.has(group.key) ? [] : group.runs.map(row)),
  ]);
}

/** Runs by their values under the keys, in the order in which the first of each comes. */
export function groupRuns(runs: readonly RunState[], keys: readonly string[]): Group[] {
  const groups = new Map<string, RunState[]>();
  for (const run of runs) {
    const key = JSON.stringify(keys.map((one) => valueUnder(run, one)));
    const of = groups.get(key);
    if (of) of.push(run);
    else groups.set(key, [run]);
  }
  return [...groups].map(([key, of]) => ({
    key,
    values: keys.map((one) => [one, valueUnder(of[0], one)] as const),
    runs: of,
    best: bestOf(of),
    band: bandOf(of.flatMap(({ trend }) => (trend ? [trend.values] : []))),
  }));
}

function valueUnder(run: RunState, key: string): string {
  if (key === 'project' || key === 'status') return run[key];
  const value = configOf(run).get(key);
  return value === undefined ? '—' : String(value);
}

function bestOf(runs: readonly RunState[]): Group['best'] {
  const values = runs.flatMap(({ best }) => (best ? [best.value] : []));
  if (values.length === 0) return null;
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    least: Math.min(...values),
    most: Math.max(...values),
  };
}

/** Places that courses of different lengths are brought to. */
const PLACES = 48;

/** Each course stretched over its own length, so that runs under way and runs that ended lie over one another. */
export function bandOf(courses: readonly (readonly (number | null)[])[]): Band | null {
  const long = courses.filter((course) => course.length > 1);
  if (long.length === 0) return null;
  const mean: number[] = [];
  const least: number[] = [];
  const most: number[] = [];
  for (let place = 0; place < PLACES; place++) {
    const values = long
      .map((course) => course[Math.round((place / (PLACES - 1)) * (course.length - 1))])
      .filter((value) => value !== null);
    mean.push(values.reduce((sum, value) => sum + value, 0) / values.length);
    least.push(Math.min(...values));
    most.push(Math.max(...values));
  }
  return { mean, least, most };
}
