import { toWire, type WireNumber } from '../../shared/numbers.ts';
import type { Goal } from '../../shared/lines.ts';
import { HIGH, LAST, LOW, mergeNode, ODD, ODD_COUNT, COUNT, emptyNode } from '../store/nodes.ts';
import type { Run } from '../store/run.ts';
import type { Series } from '../store/run-series.ts';

interface At {
  readonly step: number;
  readonly time: number;
  readonly value: WireNumber;
}

/** What a series comes to, over all attempts of its rank; the last value is that of the last attempt. */
export interface SeriesSummary {
  readonly series: string;
  readonly rank: number;
  readonly points: number;
  readonly last: At | null;
  /** Over finite values. */
  readonly min: At | null;
  readonly max: At | null;
  /** The lowest or highest, where it is known which is better. */
  readonly best: At | null;
  readonly nonfinite: { readonly count: number; readonly first: At | null };
}

export function summaryOf(run: Run, goalOf: (series: string) => Goal | null): SeriesSummary[] {
  return [...run.series.values()].map((series) => one(series, goalOf(series.name)));
}

function one({ name, rank, attempts }: Series, goal: Goal | null): SeriesSummary {
  const all = emptyNode();
  let last: At | null = null;
  for (const [, { node }] of [...attempts].sort(([a], [b]) => a - b)) {
    mergeNode(all, 0, node, 0);
    last = at(node, LAST);
  }
  const [min, max] = [at(all, LOW), at(all, HIGH)];
  const best = goal === 'min' ? min : goal === 'max' ? max : null;
  const nonfinite = { count: all[ODD_COUNT], first: at(all, ODD) };
  return { series: name, rank, points: all[COUNT], last, min, max, best, nonfinite };
}

function at(node: Float64Array, place: number): At | null {
  if (Number.isNaN(node[place])) return null;
  return { step: node[place], time: node[place + 1], value: toWire(node[place + 2]) };
}
