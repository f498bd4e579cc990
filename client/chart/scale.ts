/** How an axis maps what it shows to pixels: a + b·v, or a + b·log₁₀ v. */
export interface Scale {
  readonly a: number;
  readonly b: number;
  readonly log: boolean;
  readonly min: number;
  readonly max: number;
}

/**
 * @param start the pixel of `min`. @param end the pixel of `max`
 * @param log whether it is logarithmic; `min` must then be above 0
 */
export function scaleOf(min: number, max: number, log: boolean, start: number, end: number): Scale {
  const [low, high] = log ? [Math.log10(min), Math.log10(max)] : [min, max];
  const b = (end - start) / (high - low || 1);
  return { a: start - b * low, b, log, min, max };
}

/** The pixel of a value; NaN where a logarithmic axis has no place for it. */
export function pixelOf({ a, b, log }: Scale, value: number): number {
  if (!log) return a + b * value;
  return value > 0 ? a + b * Math.log10(value) : NaN;
}
