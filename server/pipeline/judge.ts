import type { Best } from '../../shared/finding.ts';
import type { EndLine } from '../../shared/lines.ts';
import type { Detector } from '../detector.ts';
import { causeFirst } from './cause.ts';
import type { Cut, SeriesPoints } from './cut.ts';
import { openOf, openVerdicts, type Ledger, type OpenVerdict } from './ledger.ts';
import type { PairWindows } from './pair.ts';
import type { Roster } from './roster.ts';
import { EMPTY_TREND, go, type Trend } from './trend.ts';

/** What a run has come to so far, beside its findings. Plain data, never mutated. */
export interface Standings {
  /** By place of a validating series: its best validation, and how many there were. */
  readonly bests: readonly (Tried | undefined)[];
  /** By place of a loss: its latest value. */
  readonly losses: readonly (Latest | undefined)[];
  /** By place of a loss, or of the series that the best epoch is judged by: its course. */
  readonly trends?: readonly (Trend | undefined)[];
  /** Points of the series that training is judged by. */
  readonly points: number;
  /** How the run ended; null while it has not. */
  readonly ended: EndLine['status'] | null;
}

interface Tried {
  readonly best: Best | null;
  readonly count: number;
}

interface Latest {
  readonly step: number;
  readonly value: number;
}

/** A run's course in a few values, and by what its pace is told. */
export interface Course {
  readonly series: string;
  readonly trend: Trend;
  readonly pace: Trend;
}

export interface Judgement {
  readonly best: Best | null;
  readonly stop: { readonly step: number; readonly epoch: number | null; readonly reason: string } | null;
  readonly loss: { readonly series: string; readonly step: number; readonly value: number } | null;
  readonly trend: Course | null;
  readonly verdict: string;
  readonly cause: string | null;
}

export const EMPTY_STANDINGS: Standings = { bests: [], losses: [], points: 0, ended: null };

/** Follows the best validations, the latest losses and the number of points. */
export function follow(before: Standings, made: Cut): Standings {
  const base = made.fresh ? EMPTY_STANDINGS : before;
  if (made.input.kind === 'end') return { ...base, ended: made.input.status };
  if (made.input.kind === 'silence') return base;
  let { bests, points } = base;
  const losses = base.losses.slice();
  const trends = base.trends?.slice() ?? [];
  for (const { roster, rebound, points: arrived, windows } of made.segments) {
    if (rebound.length > 0 || windows.length > 0) {
      const renewed = bests.slice();
      for (const place of rebound) renewed[place] = losses[place] = trends[place] = undefined;
      for (const pair of windows) renewed[pair.place] = tried(renewed[pair.place], pair);
      bests = renewed;
    }
    for (const series of arrived) {
      const { rank, binding } = roster.members[series.place];
      const loss = rank === 0 && binding.role === 'loss';
      if (loss) losses[series.place] = latest(series);
      if (loss || series.place === roster.monitored)
        trends[series.place] = go(trends[series.place] ?? EMPTY_TREND, series.points);
      if (series.place === roster.primary) points += series.points.values.length;
    }
  }
  // Only points say that a run goes on after its end; it may be set or declared of when it is over.
  return { bests, losses, trends, points, ended: made.input.kind === 'table' ? null : base.ended };
}

function latest({ points: { steps, values } }: SeriesPoints): Latest {
  return { step: steps[steps.length - 1], value: values[values.length - 1] };
}

function tried(before: Tried | undefined, { windows }: PairWindows): Tried {
  let best = before?.best ?? null;
  let age = best?.age ?? 0;
  for (const { validation, step, epoch, value } of windows) {
    const sign = validation.goal === 'max' ? -1 : 1;
    if (Number.isFinite(value) && validation.goal !== null && (!best || sign * value < sign * best.value)) {
      best = { series: validation.series, step, epoch, value, age: 0 };
      age = 0;
    } else {
      age++;
    }
  }
  return { best: best && { ...best, age }, count: (before?.count ?? 0) + windows.length };
}

/** Judges the run as it stands. */
export function judge(
  standings: Standings,
  ledger: Ledger,
  { state: { roster } }: Cut,
  detectors: readonly Detector[],
): Judgement {
  const { monitored, members } = roster;
  const best = monitored === null ? null : (standings.bests[monitored]?.best ?? null);
  const sure = monitored === null ? undefined : openOf(ledger, 'best-epoch', monitored);
  const stop = sure && best ? { step: best.step, epoch: best.epoch, reason: sure.title } : null;
  const looked = lookedAt(standings, roster);
  const loss =
    looked !== null ? { series: members[looked].binding.series, ...standings.losses[looked]! } : null;
  const open = verdictsOf(ledger, detectors);
  const worst = open.at(0);
  const cause = worst && worst.severity !== 'info' ? worst.detector : null;
  const followed = looked ?? monitored;
  const trend = followed === null ? undefined : standings.trends?.[followed];
  const course =
    trend && followed !== null
      ? {
          series: members[followed].binding.series,
          trend,
          // Losses of training come more often than those of validation, and tell the pace better.
          pace: (roster.primary === null ? undefined : standings.trends?.[roster.primary]) ?? trend,
        }
      : null;
  return { best, stop, loss, trend: course, verdict: verdict(standings, open, best, monitored), cause };
}

/** Place of the loss people look at first, of those that have points: the monitored, the primary, the first one. */
function lookedAt({ losses }: Standings, { monitored, primary, members }: Roster): number | null {
  if (monitored !== null && members[monitored].binding.role === 'loss' && losses[monitored]) return monitored;
  if (primary !== null && losses[primary]) return primary;
  const first = members.findIndex(({ rank, binding }) => rank === 0 && binding.role === 'loss');
  return losses[first] ? first : null;
}

/** By the ledger they were taken from: most inputs enter nothing. */
const VERDICTS = new WeakMap<Ledger, { detectors: readonly Detector[]; open: readonly OpenVerdict[] }>();

function verdictsOf(ledger: Ledger, detectors: readonly Detector[]): readonly OpenVerdict[] {
  let known = VERDICTS.get(ledger);
  if (known?.detectors !== detectors) {
    known = { detectors, open: causeFirst(openVerdicts(ledger, detectors)) };
    VERDICTS.set(ledger, known);
  }
  return known.open;
}

/** Validations, and points without them, below which nothing is said of a run in which nothing is wrong. */
const FEW_VALIDATIONS = 5;
const FEW_POINTS = 20;

function verdict(
  { ended, bests, points }: Standings,
  verdicts: readonly OpenVerdict[],
  best: Best | null,
  monitored: number | null,
): string {
  const worst = verdicts.at(0);
  if (worst && worst.severity !== 'info') return worst.verdict;
  if (ended === 'failed') return 'Failed, with nothing wrong in its curves';
  const validations = monitored === null ? 0 : (bests[monitored]?.count ?? 0);
  const few = monitored === null ? points < FEW_POINTS : validations < FEW_VALIDATIONS;
  if (few && !worst) return ended ? 'Ended with too few points to judge' : 'Not enough points to judge yet';
  const stale = best !== null && best.age > Math.max(5, 0.1 * validations);
  if (worst && (best === null || stale)) return worst.verdict;
  const healthy = ended ? 'Ended healthy' : 'Healthy';
  return stale
    ? `${healthy}; best ${placeInTime(best)}, ${best.age} validations ago`
    : `${healthy}, still improving`;
}

function placeInTime({ epoch, step }: Best): string {
  return epoch === null ? `at step ${step}` : `in epoch ${Number(epoch.toFixed(1))}`;
}
