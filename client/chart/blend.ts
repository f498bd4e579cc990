import type { Rgb } from './raster.ts';

const known = new Map<string, string>();

/**
 * A colour as if it were seen through: mixed with the one behind it. Opaque, for a stroke that is really transparent is
 * painted many times slower.
 * @param color as the browser computes it, `rgb(…)`; another stays as it is
 * @param share of the colour itself, from 0 to 1
 */
export function blend(color: string, ground: string, share: number): string {
  if (share >= 1) return color;
  const key = `${color} ${ground} ${share}`;
  let mixed = known.get(key);
  if (mixed === undefined) {
    const [above, below] = [partsOf(color), partsOf(ground)];
    mixed =
      above && below
        ? `rgb(${above.map((part, i) => Math.round(part * share + below[i] * (1 - share))).join(', ')})`
        : color;
    known.set(key, mixed);
  }
  return mixed;
}

/** Red, green and blue of a colour as the browser computes it; null for one that is spelt otherwise. */
export function partsOf(color: string): Rgb | null {
  const found = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(color);
  return found && [Number(found[1]), Number(found[2]), Number(found[3])];
}
