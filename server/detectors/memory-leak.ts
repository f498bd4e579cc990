import type { Points, Said } from '../detector.ts';
import { type Curve, EMPTY_CURVE, extend, pointsIn } from '../windows/curve.ts';
import { median } from '../windows/median.ts';
import { noise } from '../windows/noise.ts';
import { keep } from '../windows/recent.ts';
import { trend } from '../windows/trend.ts';
import type { Kind } from './memory-kind.ts';
import { resolved } from './resolved.ts';
import { atEpoch, number } from './words.ts';

export interface GrowthState {
  readonly curve: Curve;
  /** The latest seconds between samples, and the time of the last one. */
  readonly gaps: readonly number[];
  readonly time: number;
  /** How fast it grew when it was said, by the second, and how grave that was; null: it was not. */
  readonly said: { readonly rate: number; readonly severity: Said['severity'] } | null;
}

export const NO_GROWTH: GrowthState = { curve: EMPTY_CURVE, gaps: [], time: NaN, said: null };

const GAPS = 16;
/** Parts of the latter half whose levels must rise alike: a few jumps are none, nor is a level that wanders. */
const PARTS = 8;
/** Standard errors by which the mean rise from part to part is above zero. */
const STEADY = 7;
/** Change that counts, in the unit of the series. */
const LEAST: Readonly<Record<Kind['unit'], number>> = { '%': 1, GiB: 0.25 };
/** Seconds until the limit from which it is a warning. */
const SOON = 24 * 3600;

/**
 * Follows whether memory grows without end: the latter half of the curve in four quarters, of which the medians rise.
 * Each rise is half of an equal share or more, and the last one at least 0.7 of the first, so that a start which levels
 * off is no leak. From eighth to eighth it rises alike: the mean of the rises is 7 of its standard errors above zero, so
 * that a few jumps are none, nor is a level that wanders. In all the rises are more than `growth` of the level, more than
 * 6 standard deviations of the noise, and more than chance by a Mann–Kendall trend (z > 4). Where epochs are logged, the
 * first one, in which caches fill, is left out. A part of the detector of memory.
 */
export function growth(
  before: GrowthState,
  kind: Kind,
  points: Points,
  { growth: share, warmup }: { readonly growth: number; readonly warmup: number },
  says: Said[],
): GrowthState {
  let { gaps, time, said } = before;
  let read = 0;
  const curve = extend(before.curve, points.values, points.steps, points.epochs, 1, (so, at) => {
    for (; read <= at; read++) {
      const gap = points.times[read] - time;
      if (gap > 0) gaps = keep(gaps, gap, GAPS);
      time = points.times[read];
    }
    if (pointsIn(so) < warmup) return;
    const rise = riseOf(so);
    const rate = rise.all / (0.75 * rise.bins * so.width * median(gaps) || Infinity);
    if (said !== null) {
      const lately = rise.last / (0.25 * rise.bins * so.width * median(gaps) || Infinity);
      if (lately < said.rate / 4) {
        says.push(ended(kind, rise.now, points, at));
        said = null;
        return;
      }
    }
    const severity = graveness(kind, rate, rise.now);
    if (said !== null && (said.severity === 'warning' || severity === 'info')) return;
    if (said === null && !leaks(so, rise, Math.max(LEAST[kind.unit], share * rise.begun))) return;
    says.push(grows(kind, rate, rise, severity, at));
    said = { rate, severity };
  });
  for (; read < points.times.length; read++) {
    const gap = points.times[read] - time;
    if (gap > 0) gaps = keep(gaps, gap, GAPS);
    time = points.times[read];
  }
  return { curve, gaps, time, said };
}

interface Rise {
  /** Means looked at, and where they begin. */
  readonly bins: number;
  readonly step: number;
  readonly epoch: number;
  /** The median of the first quarter and of the last one. */
  readonly begun: number;
  readonly now: number;
  /** From quarter to quarter, and in all. */
  readonly first: number;
  readonly second: number;
  readonly last: number;
  readonly all: number;
}

function riseOf({ means, steps, epochs }: Curve): Rise {
  const bins = PARTS * Math.floor(means.length / 2 / PARTS);
  const from = means.length - bins;
  const quarter = (i: number): number => median(means, from + (i * bins) / 4, from + ((i + 1) * bins) / 4);
  const [a, b, c, d] = [quarter(0), quarter(1), quarter(2), quarter(3)];
  const rises = { first: b - a, second: c - b, last: d - c, all: d - a };
  return { bins, step: steps[from], epoch: epochs[from], begun: a, now: d, ...rises };
}

function leaks({ means, epochs }: Curve, rise: Rise, least: number): boolean {
  const { bins, epoch, first, second, last, all } = rise;
  if (!(all > least) || Math.min(first, second, last) < all / 6 || last < 0.7 * first) return false;
  if (epoch < Math.floor(epochs[0]) + 1) return false;
  const from = means.length - bins;
  const levels = Array.from({ length: PARTS }, (_, part) =>
    median(means, from + (part * bins) / PARTS, from + ((part + 1) * bins) / PARTS),
  );
  if (steadiness(levels) < STEADY) return false;
  return all > 6 * noise(means, from) && trend(means.slice(from)) > 4;
}

/** Student's t of the differences: by how many of its standard errors their mean is above zero. */
function steadiness(levels: readonly number[]): number {
  const rises = levels.slice(1).map((level, i) => level - levels[i]);
  const mean = rises.reduce((sum, rise) => sum + rise, 0) / rises.length;
  const squares = rises.reduce((sum, rise) => sum + (rise - mean) ** 2, 0);
  return mean / Math.sqrt(squares / (rises.length - 1) / rises.length || Number.MIN_VALUE);
}

function graveness({ unit }: Kind, rate: number, now: number): 'info' | 'warning' {
  return unit === '%' && (100 - now) / rate < SOON && rate > 0 ? 'warning' : 'info';
}

function grows(
  { of, name, unit }: Kind,
  rate: number,
  { begun, now, step, epoch }: Rise,
  severity: 'info' | 'warning',
  at: number,
): Said {
  const known = Number.isNaN(epoch) ? null : epoch;
  const hours = unit === '%' ? (100 - now) / rate / 3600 : null;
  const left = hours === null ? '' : `, full in about ${number(hours)} h`;
  return {
    key: `leak ${of === 'gpu' ? 'gpu' : 'host'}`,
    status: 'open',
    severity,
    from: step,
    epoch: known,
    at,
    title: `${name} grows by ${number(3600 * rate)} ${unit} an hour since ${atEpoch(step, known)}: ${number(begun)} ${unit} then, ${number(now)} ${unit} now${left}`,
    verdict: `${name} grows by ${number(3600 * rate)} ${unit} an hour${left}: look for what is kept at every step`,
    evidence: {
      [`growth, ${unit} an hour`]: 3600 * rate,
      [`then, ${unit}`]: begun,
      [`now, ${unit}`]: now,
      'until full, hours': hours,
    },
    advice: of === 'gpu' ? GPU : HOST,
  };
}

function ended({ of, name, unit }: Kind, now: number, { steps }: Points, at: number): Said {
  return resolved(`${name} grows no longer: ${number(now)} ${unit}`, {
    key: `leak ${of === 'gpu' ? 'gpu' : 'host'}`,
    from: steps[at],
    at,
    evidence: { [`now, ${unit}`]: now },
  });
}

const GPU: readonly string[] = [
  'Look for tensors that are kept with their graph: a list or sum of losses without .item() or .detach() keeps every step’s activations',
  'Look for hooks, caches and metric objects that are never reset; validate under torch.no_grad()',
  'torch.cuda.memory._dump_snapshot shows what was allocated where',
];

const HOST: readonly string[] = [
  'Look for lists that grow with the run: losses, predictions or figures kept at every step, metrics that are never reset',
  'With data loader workers, keep the data set’s index in arrays and not in lists of Python objects: each worker ends up with its own copy, page by page',
  'Compare two snapshots of tracemalloc some minutes apart; memory that Python does not know of is a library’s, as of images or figures not closed',
];
