import type { PointColumns } from '../../shared/points.ts';
import type { Axis } from '../chart/axis.ts';
import { type Places, stepPlaces } from '../chart/places.ts';
import type { Points } from '../points.ts';
import { Line } from '../series.ts';

/** One curve of an overlay: a run's own, or the mean of runs that differ in their seed alone. */
export interface Curve {
  /** What the chart calls it: the id of its first run. */
  readonly name: string;
  readonly points: readonly Points[];
}

/** Lines that charts of several runs draw. */
export interface Overlay {
  readonly first: number;
  readonly last: number;
  /** Of a curve, by its name: every attempt of a run, the latest last; one line where it is a mean. */
  lines(name: string): readonly Line[];
}

/** Steps at which a mean is taken. */
const PLACES = 400;

/** Rank 0 of one series, of each curve. */
export function overlay(series: string, curves: readonly Curve[]): Overlay {
  const lines = new Map<string, readonly Line[]>();
  let [first, last] = [Infinity, -Infinity];
  for (const { name, points } of curves) {
    const attempts = points.map((one) =>
      one.lines(series).filter(({ rank, length }) => rank === 0 && length > 0),
    );
    const latest = attempts.flatMap((of) => of.at(-1) ?? []);
    const of = points.length > 1 ? mean(series, latest) : (attempts.at(0) ?? []);
    lines.set(name, of);
    for (const { steps, length } of of) {
      first = Math.min(first, steps[0]);
      last = Math.max(last, steps[length - 1]);
    }
  }
  return { first, last, lines: (name) => lines.get(name) ?? [] };
}

/**
 * Where the lines of an overlay are on an axis: each where its own run has it, so that runs lie over one another by
 * what they have in common. The points of a mean are where its runs are at that step, on average. What is of no line, as
 * a pinned step, is where the baseline has it.
 * @param now what is drawn
 * @param ownersOf the runs that a line is of: several of a mean
 */
export function overlayPlaces(
  axis: Axis,
  now: () => Overlay,
  curves: readonly Curve[],
  ownersOf: (line: Line) => readonly Points[],
  base: Points | undefined,
): Places {
  if (axis === 'step')
    return { ...stepPlaces({ first: 0, last: 0 }), extent: () => stepPlaces(now()).extent() };
  const own = base?.places(axis);
  const means = new WeakMap<Line, Float64Array>();
  return {
    axis,
    of: (line) => {
      const runs = ownersOf(line).map((points) => points.places(axis));
      if (runs.length === 1) return runs[0].of(line);
      let places = means.get(line);
      if (!places)
        means.set(line, (places = line.steps.map((step) => average(runs.map(({ at }) => at(step))))));
      return places;
    },
    at: (step, attempt) => own?.at(step, attempt) ?? NaN,
    stepAt: (place) => own?.stepAt(place) ?? NaN,
    extent: () => {
      const ends = curves.flatMap(({ points }) => points.flatMap((one) => one.places(axis).extent() ?? []));
      return ends.length > 0 ? [Math.min(...ends), Math.max(...ends)] : null;
    },
  };
}

/** The mean of the lines over the steps that all of them have, each straight between its points; non-finite ones left out. */
export function mean(series: string, lines: readonly Line[]): Line[] {
  if (lines.length === 0) return [];
  const from = Math.max(...lines.map(({ steps }) => steps[0]));
  const to = Math.min(...lines.map(({ steps, length }) => steps[length - 1]));
  if (!(to >= from)) return [lines[0]];
  const count = Math.min(PLACES, Math.max(2, ...lines.map(({ length }) => length)));
  const steps = Float64Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
  const values = steps.map((step) =>
    average(lines.map((line) => valueAt(line, step)).filter(Number.isFinite)),
  );
  const line = new Line(series, 0, 0);
  line.append({ steps, times: steps, values } satisfies PointColumns);
  return [line];
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
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
