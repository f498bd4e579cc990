import type { RunState, SeriesState } from '../../shared/frames.ts';
import type { Goal } from '../../shared/lines.ts';
import { configOf } from './config.ts';
import { byText } from '../text-order.ts';

/** Settings that are meant to differ between runs that are otherwise the same. */
const SEED = /(^|\.)(seed|random_?seed|manual_?seed|run_?id|host|hostname)$/i;

/** Runs that differ in their seed alone, together; in the order in which the first of each comes. */
export function bySeed(runs: readonly RunState[]): RunState[][] {
  const groups = new Map<string, RunState[]>();
  for (const run of runs) {
    const settings = [...configOf(run)].filter(([key]) => !SEED.test(key)).sort(([a], [b]) => byText(a, b));
    // Without a config nothing says that two runs are of one kind.
    const key = settings.length > 0 ? JSON.stringify([run.project, settings]) : run.run;
    const of = groups.get(key);
    if (of) of.push(run);
    else groups.set(key, [run]);
  }
  return [...groups.values()];
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
        byText(a.state.series, b.state.series),
    )
    .map(({ state }) => state);
}
