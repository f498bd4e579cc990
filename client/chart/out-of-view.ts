import { plural } from '../format.ts';
import { lowerBound } from '../series.ts';
import type { Placement, Span } from './range.ts';

/** Points within what is shown of the axis that have no place on the chart. */
export interface OutOfView {
  /** Above and below the values shown. */
  above: number;
  below: number;
  /** With a value of zero or less, on a logarithmic axis of values. */
  values: number;
  /** At a place of zero or less, on a logarithmic axis; of the whole line. */
  places: number;
  /** Whether lines are decimated, so that there may be more. */
  more: boolean;
}

export interface Shown {
  readonly x: Span;
  readonly y: Span;
  readonly logX: boolean;
  readonly logY: boolean;
}

/** Counts the finite points of lines that are not seen; NaN and ±Infinity have marks of their own. */
export function countOutOfView(placed: readonly Placement[], shown: Shown): OutOfView {
  const { x, y, logX, logY } = shown;
  const counts: OutOfView = { above: 0, below: 0, values: 0, places: 0, more: false };
  for (const { line, places } of placed) {
    const { length, values, min, max } = line;
    if (!line.complete) counts.more = true;
    if (logX) counts.places += lowerBound(places, length, Number.MIN_VALUE);
    if (min >= y[0] && max <= y[1]) continue;
    for (let i = lowerBound(places, length, x[0]); i < length && places[i] <= x[1]; i++) {
      const value = values[i];
      if (!Number.isFinite(value)) continue;
      if (logY && value <= 0) counts.values += 1;
      else if (value > y[1]) counts.above += 1;
      else if (value < y[0]) counts.below += 1;
    }
  }
  return counts;
}

/** What is said of them; '' when everything is seen. @param axis what places are called: "step", "epoch" … */
export function outOfViewWords({ above, below, values, places, more }: OutOfView, axis: string): string {
  const least = more ? 'at least ' : '';
  const said = [
    above > 0 && `${least}${plural(above, 'point')} above the view`,
    below > 0 && `${least}${plural(below, 'point')} below the view`,
    values > 0 && `${least}${plural(values, 'value')} of zero or less, which a logarithmic axis cannot show`,
    places > 0 &&
      `${least}${plural(places, 'point')} at ${axis} zero or less, which a logarithmic axis cannot show`,
  ].filter((one) => one !== false);
  return said.join(' · ');
}
