/** Few numbers said of many. */

/** The smallest of `numbers` that is not below a share `q` of them, 0 to 1; NaN of none. */
export function quantile(numbers: readonly number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

/** The middle of `numbers`, of an even count the mean of the two in the middle; NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half];
  return (sorted[half - 1] + sorted[half]) / 2;
}

/** A straight line by least squares. */
export interface Line {
  /** Change of y for one of x. */
  readonly slope: number;
  /** How far the slope may be off by chance: its standard error. */
  readonly error: number;
}

/** Fits y over x, at least three of each. */
export function fit(x: readonly number[], y: readonly number[]): Line {
  const n = x.length;
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  const sxx = x.reduce((sum, each) => sum + (each - mx) ** 2, 0);
  const slope = x.reduce((sum, each, i) => sum + (each - mx) * (y[i] - my), 0) / sxx;
  const left = y.reduce((sum, each, i) => sum + (each - my - slope * (x[i] - mx)) ** 2, 0);
  return { slope, error: Math.sqrt(left / (n - 2) / sxx) };
}
