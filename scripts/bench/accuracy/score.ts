import { seeded } from '../../demo/random.ts';

/** One run under one rule. */
export interface Trial {
  /** What the cross-validation keeps together. */
  readonly group: string;
  /** The label; null where there is none. */
  readonly overfit: boolean | null;
  /** Index of the validation after which it was stopped; null: never. */
  readonly stop: number | null;
  /** Index of the best validation, and how many there were. */
  readonly best: number;
  readonly length: number;
  /** How much worse the best up to the stop is than the best of all, as a share of it. */
  readonly regret: number;
}

/** What stopping after `stop` is worth. */
export function trial(group: string, overfit: boolean | null, val: Float64Array, stop: number | null): Trial {
  let best = 0;
  let until = Infinity;
  for (let i = 0; i < val.length; i++) {
    if (val[i] < val[best] || Number.isNaN(val[best])) best = i;
    if (stop === null || i <= stop) until = Math.min(until, Number.isNaN(val[i]) ? Infinity : val[i]);
  }
  const regret = Number.isFinite(until) ? (until - val[best]) / Math.abs(val[best]) : 0;
  return { group, overfit, stop, best, length: val.length, regret };
}

export interface Score {
  readonly runs: number;
  readonly fired: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly macro: number;
  /** Share of runs not stopped before their best validation. */
  readonly kept: number;
  /** Epochs from the best to the stop, of the runs that were stopped. */
  readonly delay: number | null;
  /** Mean and worst. */
  readonly regret: number;
  readonly worst: number;
  /** Share of all epochs that were not run. */
  readonly saved: number;
}

export function score(trials: readonly Trial[]): Score {
  const count = (matches: (trial: Trial) => boolean): number => trials.filter(matches).length;
  const tp = count(({ overfit, stop }) => overfit === true && stop !== null);
  const fp = count(({ overfit, stop }) => overfit === false && stop !== null);
  const fn = count(({ overfit, stop }) => overfit === true && stop === null);
  const tn = count(({ overfit, stop }) => overfit === false && stop === null);
  const f1 = ratio(2 * tp, 2 * tp + fp + fn);
  const delays = trials.flatMap(({ stop, best }) => (stop === null ? [] : [stop - best]));
  delays.sort((a, b) => a - b);
  const sum = (of: (trial: Trial) => number): number => trials.reduce((total, one) => total + of(one), 0);
  return {
    runs: trials.length,
    fired: delays.length,
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    f1,
    macro: (f1 + ratio(2 * tn, 2 * tn + fp + fn)) / 2,
    kept: ratio(
      count(({ stop, best }) => stop === null || stop >= best),
      trials.length,
    ),
    delay: delays.length > 0 ? delays[delays.length >> 1] : null,
    regret: sum(({ regret }) => regret) / trials.length,
    worst: Math.max(...trials.map(({ regret }) => regret)),
    saved: sum(({ stop, length }) => (stop === null ? 0 : length - 1 - stop)) / sum(({ length }) => length),
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** Wilson's 95 % interval of a share of `n` runs. */
export function interval(share: number, n: number): [number, number] {
  const z = 1.96;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return [middle - half, middle + half];
}

/** The middle 95 % of a figure over runs drawn anew, as many as there are (Efron 1979); the same every time. */
export function bootstrap(
  trials: readonly Trial[],
  of: (score: Score) => number,
  draws = 400,
): [number, number] {
  const random = seeded(1);
  const found = Array.from({ length: draws }, () =>
    of(score(trials.map(() => trials[Math.floor(random.uniform() * trials.length)]))),
  );
  found.sort((a, b) => a - b);
  return [found[Math.floor(0.025 * draws)], found[Math.ceil(0.975 * draws) - 1]];
}

/** A line of text a row, its columns aligned. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  return [line(head), ...rows.map(line)].join('\n');
}
