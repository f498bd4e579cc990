import { lowerBound, type Line } from '../series.ts';
import type { Axis } from './axis.ts';
import { shifts, type Stretch } from './elapsed.ts';
import { Epochs } from './epochs.ts';
import type { Span } from './range.ts';

/** Where the points of lines are on an axis. */
export interface Places {
  readonly axis: Axis;
  /** Ascending, one for each point of the line and perhaps more behind them; NaN throughout where the line has none. */
  readonly of: (line: Line) => Float64Array;
  /** The place of a step; NaN where it is not known. @param attempt the latest where it is left out */
  readonly at: (step: number, attempt?: number) => number;
  /** The step of a place, in the latest attempt that has come to it; NaN where it is not known. */
  readonly stepAt: (place: number) => number;
  /** The first and the last place of any line; null while there is none. */
  readonly extent: () => Span | null;
}

/** What places are made of. */
export interface Placed {
  /** Steps of the first and the last point; first > last while there are none. */
  readonly first: number;
  readonly last: number;
  readonly attempts: ReadonlyMap<number, Stretch & Steps>;
  /** What a rank logs as its epoch; the first rank's, where it logs none. */
  epochs(rank: number, attempt: number): Line | undefined;
  /** A line that tells when a step was: of an attempt, the one with the most points. */
  timed(attempt: number): Line | undefined;
}

export interface Steps {
  readonly first: number;
  readonly last: number;
}

/** What was derived from a line, and from what of it. */
interface Kept {
  places: Float64Array;
  /** Points whose places hold whatever comes. */
  length: number;
  version: number;
  stamp: number;
}

/** Places by step: the lines' own. */
export function stepPlaces(placed: Pick<Placed, 'first' | 'last'>): Places {
  return {
    axis: 'step',
    of: ({ steps }) => steps,
    at: (step) => step,
    stepAt: (place) => place,
    extent: () => (placed.first > placed.last ? null : [placed.first, placed.last]),
  };
}

/** Places of a run's lines on an axis, kept between drawings: what has come costs, and nothing else. */
export function placesOf(run: Placed, axis: Axis): Places {
  if (axis === 'step') return stepPlaces(run);
  return axis === 'epoch' ? epochPlaces(run) : timePlaces(run, axis);
}

function timePlaces(run: Placed, axis: 'time' | 'relative'): Places {
  const kept = new WeakMap<Line, Kept>();
  let shift: ReadonlyMap<number, number> = new Map();
  const shiftOf = (attempt: number): number => {
    if (axis === 'time') return 0;
    // They change when an attempt begins, and with the times of the one that is not the latest: seldom.
    shift = shifts(run.attempts);
    return shift.get(attempt) ?? 0;
  };
  const of = (line: Line): Float64Array => {
    const stamp = shiftOf(line.attempt);
    const known = keptOf(kept, line, stamp);
    const { places } = known;
    // A clock that is set back stands still here: places never fall.
    let latest = known.length > 0 ? places[known.length - 1] : -Infinity;
    for (let i = known.length; i < line.length; i++)
      places[i] = latest = Math.max(latest, line.times[i] - stamp);
    known.length = line.length;
    return places;
  };
  const latestOf = (attempt: number | undefined): number => attempt ?? Math.max(...run.attempts.keys());
  return {
    axis,
    of,
    at: (step, attempt) => {
      const line = run.timed(latestOf(attempt));
      return line ? along(line.steps, of(line), line.length, step) : NaN;
    },
    stepAt: (place) => {
      for (const attempt of [...run.attempts.keys()].sort((a, b) => b - a)) {
        const line = run.timed(attempt);
        if (line && line.length > 0 && (of(line)[0] <= place || attempt === 0))
          return along(of(line), line.steps, line.length, place);
      }
      return NaN;
    },
    extent: () => {
      let [from, to] = [Infinity, -Infinity];
      for (const [attempt, { start, end }] of run.attempts) {
        from = Math.min(from, start - shiftOf(attempt));
        to = Math.max(to, end - shiftOf(attempt));
      }
      return from <= to ? [from, to] : null;
    },
  };
}

function epochPlaces(run: Placed): Places {
  const known = new WeakMap<Line, Epochs>();
  const kept = new WeakMap<Line, Kept>();
  const epochsOf = (rank: number, attempt: number): { epochs: Epochs; stamp: number } | null => {
    const line = run.epochs(rank, attempt);
    if (!line) return null;
    let epochs = known.get(line);
    if (!epochs) known.set(line, (epochs = new Epochs(line)));
    const stamp = epochs.update();
    return epochs.length > 0 ? { epochs, stamp } : null;
  };
  const latestOf = (attempt: number | undefined): number => attempt ?? Math.max(...run.attempts.keys());
  return {
    axis: 'epoch',
    of: (line) => {
      const found = epochsOf(line.rank, line.attempt);
      const of = keptOf(kept, line, found?.stamp ?? -1);
      const { places } = of;
      for (let i = of.length; i < line.length; i++) places[i] = found?.epochs.at(line.steps[i]) ?? NaN;
      // What is behind the last epoch moves as the next one comes.
      of.length = found ? Math.min(line.length, line.lowerBound(found.epochs.settled)) : 0;
      return places;
    },
    at: (step, attempt) => epochsOf(0, latestOf(attempt))?.epochs.at(step) ?? NaN,
    stepAt: (place) => {
      for (const [attempt, { first }] of [...run.attempts].sort(([a], [b]) => b - a)) {
        const epochs = epochsOf(0, attempt)?.epochs;
        if (epochs && (epochs.at(first) <= place || attempt === 0)) return epochs.stepAt(place);
      }
      return NaN;
    },
    extent: () => {
      let [from, to] = [Infinity, -Infinity];
      for (const [attempt, { first, last }] of run.attempts) {
        const epochs = epochsOf(0, attempt)?.epochs;
        if (!epochs) continue;
        from = Math.min(from, epochs.at(first));
        to = Math.max(to, epochs.at(last));
      }
      return from <= to ? [from, to] : null;
    },
  };
}

/** What is kept of a line, with room for all its points; nothing of it where the line, or the stamp, is another. */
function keptOf(kept: WeakMap<Line, Kept>, line: Line, stamp: number): Kept {
  let known = kept.get(line);
  if (!known) kept.set(line, (known = { places: new Float64Array(0), length: 0, version: -1, stamp: NaN }));
  if (known.version !== line.version || known.stamp !== stamp) {
    known.length = 0;
    known.version = line.version;
    known.stamp = stamp;
  }
  if (known.places.length < line.length) {
    const larger = new Float64Array(line.steps.length);
    larger.set(known.places.subarray(0, known.length));
    known.places = larger;
  }
  return known;
}

/** Where `place` of one ascending column is in another, straight between points; at an end, the end's. */
function along(from: Float64Array, to: Float64Array, length: number, place: number): number {
  if (length === 0) return NaN;
  const right = lowerBound(from, length, place);
  if (right === 0) return to[0];
  if (right === length) return to[length - 1];
  const share = (place - from[right - 1]) / (from[right] - from[right - 1]);
  return to[right - 1] + share * (to[right] - to[right - 1]);
}
