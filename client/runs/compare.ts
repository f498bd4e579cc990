import type { RunState, SeriesState } from '../../shared/frames.ts';
import type { Goal } from '../../shared/lines.ts';
import type { PointColumns } from '../../shared/points.ts';
import { Line } from '../series.ts';
import type { Points } from '../points.ts';
import { configOf } from './config.ts';

/** Settings that are meant to differ between runs that are otherwise the same. */
const SEED = /(^|\.)(seed|random_?seed|manual_?seed|run_?id|host|hostname)$/i;

/** Runs that differ in their seed alone, together; in the order in which the first of each comes. */
export function bySeed(runs: readonly RunState[]): RunState[][] {
  const groups = new Map<string, RunState[]>();
  for (const run of runs) {
    const settings = [...configOf(run)]
      .filter(([key]) => !SEED.test(key))
      .sort(([a], [b]) => a.localeCompare(b));
    // Without a config nothing says that two runs are of one kind.
    const key = settings.length > 0 ? JSON.stringify([run.project, settings]) : run.run;
    const of = groups.get(key);
    if (of) of.push(run);
    else groups.set(key, [run]);
  }
  return [...groups.values()];
}

/** Lines that charts of several runs draw, by what they are called there: a run's id, or "mean" and the first id. */
export interface Overlay {
  readonly first: number;
  readonly last: number;
  lines(name: string): readonly Line[];
}

/** One curve of an overlay: a run's own, or the mean of runs that differ in their seed alone. */
export interface Curve {
  readonly name: string;
  readonly points: readonly Points[];
}

/** Steps at which a mean is taken. */
const PLACES = 400;

/** The latest attempt of rank 0 of one series, of each curve. */
export function overlay(series: string, curves: readonly Curve[]): Overlay {
  const latest = (points: Points): Line | undefined =>
    points
      .lines(series)
      .filter(({ rank }) => rank === 0)
      .at(-1);
  const lines = new Map<string, Line[]>();
  let [first, last] = [Infinity, -Infinity];
  for (const { name, points } of curves) {
    const of = points.flatMap((one) => latest(one) ?? []).filter(({ length }) => length > 0);
    const line = points.length > 1 ? mean(series, of) : of.at(0);
    if (!line) continue;
    lines.set(name, [line]);
    first = Math.min(first, line.steps[0]);
    last = Math.max(last, line.steps[line.length - 1]);
  }
  return { first, last, lines: (name) => lines.get(name) ?? [] };
}

/** The mean of the lines over the steps that all of them have, each straight between its points; non-finite ones left out. */
export function mean(series: string, lines: readonly Line[]): Line | undefined {
  if (lines.length === 0) return undefined;
  const from = Math.max(...lines.map(({ steps }) => steps[0]));
  const to = Math.min(...lines.map(({ steps, length }) => steps[length - 1]));
  if (!(to >= from)) return lines[0];
  const count = Math.min(PLACES, Math.max(2, ...lines.map(({ length }) => length)));
  const steps = Float64Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
  const values = steps.map((step) => {
    const at = lines.map((line) => valueAt(line, step)).filter(Number.isFinite);
    return at.reduce((sum, value) => sum + value, 0) / at.length;
  });
  const line = new Line(series, 0, 0);
  line.append({ steps, times: steps, values } satisfies PointColumns);
  return line;
}

function valueAt(line: Line, step: number): number {
  const after = line.lowerBound(step);
  if (after === 0) return line.values[0];
  if (after >= line.length) return line.values[line.length - 1];
  const [a, b] = [line.steps[after - 1], line.steps[after]];
  if (step === b) return line.values[after]; // whatever the point before it is
  const share = b > a ? (step - a) / (b - a) : 1;
  return line.values[after - 1] + share * (line.values[after] - line.values[after - 1]);
}

/**
 * Runs from the best to the worst by their best values; those without one last, in the order they came.
 * @param goal which way is better, where it is known; lower else
 */
export function ranked(runs: readonly RunState[], goal: Goal | null): RunState[] {
  const sign = goal === 'max' ? -1 : 1;
  const place = ({ best }: RunState): number => (best ? sign * best.value : Infinity);
  return [...runs].sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
}

/** Names of the losses and metrics that the runs have, those of the most runs first, validation before training. */
export function commonSeries(series: readonly (readonly SeriesState[])[]): SeriesState[] {
  const counts = new Map<string, { state: SeriesState; count: number }>();
  for (const of of series) {
    for (const name of new Set(of.map((one) => one.series))) {
      const state = of.find((one) => one.series === name)!;
      if (state.role !== 'loss' && state.role !== 'metric') continue;
      const known = counts.get(name);
      if (known) known.count += 1;
      else counts.set(name, { state, count: 1 });
    }
  }
  const split = ({ split: of }: SeriesState): number => (of === 'validation' ? 0 : of === 'test' ? 1 : 2);
  return [...counts.values()]
    .sort(
      (a, b) =>
        b.count - a.count ||
        Number(b.state.role === 'loss') - Number(a.state.role === 'loss') ||
        split(a.state) - split(b.state) ||
        a.state.series.localeCompare(b.state.series),
    )
    .map(({ state }) => state);
}
