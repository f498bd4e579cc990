import type { PointColumns, PointsPart } from '../shared/points.ts';
import { decimate } from './decimate.ts';
import { sortedBySteps } from './store/attempt.ts';
import type { Run } from './store/run.ts';
import type { Series } from './store/run-series.ts';

/** One thing that a viewer looks at: a run, or a stretch of it. */
export interface Look {
  readonly run: string;
  /** null: every series. */
  readonly series: { readonly name: string; readonly rank: number } | null;
  readonly axis: 'step' | 'epoch' | 'time';
  readonly from: number;
  readonly to: number;
  readonly width: number;
  /** The place in the view's windows; null: it is one of the view's runs. */
  readonly window: number | null;
}

/** How many points of each series and attempt there were at some time. Marks are shared and never changed. */
export type Mark = ReadonlyMap<string, Seen>;

export interface Seen {
  readonly length: number;
  /** How often points had come late. */
  readonly rewrites: number;
}

export const UNSEEN: Seen = { length: 0, rewrites: 0 };

/** Points of one series and attempt. */
export interface Share {
  readonly key: string;
  readonly series: Series;
  readonly part: PointsPart;
}

/** A series and attempt that must be read from the store. */
export interface ToRead {
  readonly key: string;
  readonly series: Series;
  readonly attempt: number;
}

/** What has come since a mark: points, and series that must be read anew, for they were sealed or came late. */
export interface Delta {
  readonly shares: readonly Share[];
  readonly toRead: readonly ToRead[];
  /** Points of the longest share. */
  readonly longest: number;
}

/** The mark of a run as it is. */
export function markOf(run: Run): Mark {
  const mark = new Map<string, Seen>();
  for (const [key, { attempts }] of run.series)
    for (const [attempt, { length, rewrites }] of attempts)
      mark.set(`${attempt}\n${key}`, { length, rewrites });
  return mark;
}

/** What has come to a run between two marks, the second being as it is. */
export function deltaOf(run: Run, from: Mark, to: Mark): Delta {
  const shares: Share[] = [];
  const toRead: ToRead[] = [];
  for (const [seriesKey, series] of run.series) {
    for (const [number, attempt] of series.attempts) {
      const key = `${number}\n${seriesKey}`;
      const before = from.get(key) ?? UNSEEN;
      const now = to.get(key);
      if (before.length === now?.length && before.rewrites === now.rewrites) continue;
      const fresh = before.rewrites === attempt.rewrites ? attempt.fresh(before.length) : null;
      if (fresh === null) toRead.push({ key, series, attempt: number });
      else shares.push({ key, series, part: partOf(series, number, fresh, false) });
    }
  }
  const longest = shares.reduce((most, { part }) => Math.max(most, part.steps.length), 0);
  return { shares, toRead, longest };
}

/** The whole of a series that is in memory, as its look can show it; null when part of it must be read. */
export function wholeInMemory({ series, attempt: number, key }: ToRead, width: number): Share | null {
  const raw = series.attempts.get(number)?.fresh(0);
  if (!raw) return null;
  const shown = decimate(sortedBySteps(raw), width);
  return { key, series, part: partOf(series, number, shown, true, raw.steps.length) };
}

/** @param total points that these stand for */
export function partOf(
  { number }: Series,
  attempt: number,
  { steps, times, values }: PointColumns,
  replace: boolean,
  total = steps.length,
): PointsPart {
  return { series: number, attempt, total, replace, window: null, steps, times, values };
}

/** Whether a look is at this series. */
export function isOf({ series }: Look, { name, rank }: Pick<Series, 'name' | 'rank'>): boolean {
  return series === null || (series.name === name && series.rank === rank);
}

/** Whether a look is at all there is of its series, and at what comes. */
export function isWhole({ from, to }: Look): boolean {
  return from === -Infinity && to === Infinity;
}
