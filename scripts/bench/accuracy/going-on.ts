import { median } from '../../../server/windows/median.ts';
import type { Finding } from '../../../shared/finding.ts';
import { interval, table } from './score.ts';

/** A run that best-epoch stops: what it says of going on, beside its validations to the end. */
export interface Stopped {
  readonly val: Float64Array;
  readonly finding: Finding;
}

/**
 * What best-epoch says of going on, against what came. Gains and regrets are of the level, a running median of 5, so that
 * the luckiest of many noisy values is no gain; in per cent of the lowest level at the stop.
 */
export function goingOnTable(groups: Readonly<Record<string, readonly Stopped[]>>): string {
  const head = [
    'histories',
    'stopped',
    'cost, median',
    'gain said',
    'gain had',
    'within what was said at most (95 %)',
    'regret said',
    'regret had',
  ];
  return `What best-epoch says of going on, when it first speaks\n${table(head, Object.entries(groups).map(row))}`;
}

function row([name, stopped]: [string, readonly Stopped[]]): string[] {
  const had = stopped.map(gainsOf);
  const said = (key: string): number[] => stopped.map(({ finding }) => Number(finding.evidence[key]));
  const most = said('gain at most from it (95 %), per cent');
  // What the median of 5 tells no better is no miss.
  const within = had.filter(({ again }, i) => again <= most[i] + 1e-9).length;
  const [low, high] = interval(within / stopped.length, stopped.length);
  return [
    name,
    String(stopped.length),
    `${median(said('cost of as long again, per cent of the run')).toFixed(0)} %`,
    percent(said('gain expected from it, per cent')),
    percent(had.map(({ again }) => again)),
    `${share(within / stopped.length)} (${share(low)}–${share(high)})`,
    percent(said('regret if stopped now, per cent')),
    percent(had.map(({ ever }) => ever)),
  ];
}

/** What the level gained after the stop: in as many validations as since the best, and to the end of the run. */
function gainsOf({ val, finding }: Stopped): { again: number; ever: number } {
  const stop = finding.step;
  const since = Number(finding.evidence['validations since the best']);
  const before = lowest(val, 0, stop);
  const gain = (to: number): number =>
    (100 * Math.max(0, before - lowest(val, stop + 1, to))) / Math.abs(before);
  return { again: gain(stop + since), ever: gain(val.length - 1) };
}

/** The lowest median of 5 that ends within `from` to `to`, both counted. */
function lowest(val: Float64Array, from: number, to: number): number {
  let low = Infinity;
  for (let end = Math.max(from, 4); end <= Math.min(to, val.length - 1); end++)
    low = Math.min(low, median(val, end - 4, end + 1));
  return low;
}

function percent(values: readonly number[]): string {
  return `${(values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3)} %`;
}

function share(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}
