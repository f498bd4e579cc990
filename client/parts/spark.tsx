import type { JSX } from 'preact';
import type { Trend } from '../../shared/frames.ts';
import type { Band } from '../runs/arrange.ts';

const WIDTH = 88;
const HEIGHT = 26;
/** Room for the strokes at the edges. */
const EDGE = 2;

/** A run's course, as small as a word: where it is not finite there is a gap. */
export function Spark({ trend }: { trend: Trend | null }): JSX.Element {
  const values = trend?.values ?? [];
  const finite = values.filter((value) => value !== null);
  if (finite.length < 2) return <span class="spark none" aria-hidden="true" />;
  const place = placing(values.length, Math.min(...finite), Math.max(...finite));
  let pen = 'M';
  const path = values
    .map((value, i) => {
      if (value === null) {
        pen = 'M';
        return '';
      }
      const drawn = `${pen}${place(i, value)}`;
      pen = 'L';
      return drawn;
    })
    .join('');
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

/** The courses of a group: their mean, in the band from the least to the most. */
export function SparkBand({ band }: { band: Band | null }): JSX.Element {
  if (!band) return <span class="spark none" aria-hidden="true" />;
  const place = placing(
    band.mean.length,
    Math.min(...band.least.filter(Number.isFinite)),
    Math.max(...band.most.filter(Number.isFinite)),
  );
  const line = (values: readonly number[]): string[] =>
    values.flatMap((value, i) => (Number.isFinite(value) ? [place(i, value)] : []));
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path class="band" d={`M${[...line(band.most), ...line(band.least).reverse()].join('L')}Z`} />
      <path d={`M${line(band.mean).join('L')}`} />
    </svg>
  );
}

/** Coordinates of the i-th of `count` values. A loss falls over magnitudes: where it does, the axis is logarithmic. */
function placing(count: number, least: number, most: number): (i: number, value: number) => string {
  const log = least > 0 && most / least > 20;
  const level = (value: number): number => (log ? Math.log(value) : value);
  const [low, high] = [level(least), level(most)];
  return (i, value) => {
    const x = EDGE + (i / (count - 1)) * (WIDTH - 2 * EDGE);
    const share = high > low ? (level(value) - low) / (high - low) : 0.5;
    return `${x.toFixed(1)} ${(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)).toFixed(1)}`;
  };
}
