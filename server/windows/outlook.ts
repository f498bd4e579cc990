import { median, middleMean } from './median.ts';

/** What going on may gain over the lowest level so far. In the unit of the values, none below 0. */
export interface Outlook {
  /** The mean over what may come. */
  readonly expected: number;
  /** No more than this with a probability of 95 %. */
  readonly most: number;
}

/**
 * What is gained when training goes on, by the line through the latest values: Sen's slope (Sen 1968, the median of all
 * pairwise slopes) and the standard error of a least squares line's forecast. The level that is reached `more` values from
 * now is then about normal, of mean μ and standard deviation s, and what it gains over the lowest level l has the mean
 * (l − μ)·Φ(z) + s·φ(z), z = (l − μ)/s: the expected improvement of Jones, Schonlau & Welch 1998. A forecast by a line
 * knows of no drop of the learning rate to come.
 * @param values at least 4, oldest first; lower is better
 * @param sigma standard deviation of their noise, at least 0
 * @param low the lowest level so far
 * @param lowError its standard error, at least 0
 * @param more values to go on for, at least 0
 */
export function outlook(
  values: readonly number[],
  sigma: number,
  low: number,
  lowError: number,
  more: number,
): Outlook {
  const n = values.length;
  const slope = slopeOf(values);
  const centre = (n - 1) / 2;
  const level = middleMean(values.map((value, i) => value - slope * (i - centre)));
  const ahead = centre + more;
  // A middle mean is 1.1 times as uncertain as a mean.
  const variance = sigma ** 2 * (1.21 / n + (12 * ahead ** 2) / (n * (n ** 2 - 1)));
  const error = Math.sqrt(variance + lowError ** 2);
  const gain = low - (level + slope * ahead);
  return { expected: improvement(gain, error), most: Math.max(0, gain + 1.645 * error) };
}

/** The median of the slopes of all pairs, per value. */
function slopeOf(values: readonly number[]): number {
  const slopes: number[] = [];
  for (let late = 1; late < values.length; late++)
    for (let early = 0; early < late; early++) slopes.push((values[late] - values[early]) / (late - early));
  return median(slopes);
}

/** The mean of what of a normal variable lies above 0. */
function improvement(mean: number, deviation: number): number {
  if (!(deviation > 0)) return Math.max(0, mean);
  const z = mean / deviation;
  // Below, rounding is all there is.
  if (z < -6) return 0;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return Math.max(0, mean * below(z, density) + deviation * density);
}

/** The normal distribution function to 7.5e-8: Abramowitz & Stegun 1964, 26.2.17. */
function below(z: number, density: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z < 0 ? density * series : 1 - density * series;
}
