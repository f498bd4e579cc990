/**
 * How surely values rise in time: the Mann–Kendall z, about standard normal where there is no trend. Positive: rising.
 * Ranks alone count, so neither scale nor outliers matter. NaN says nothing; fewer than 4 values give 0.
 * Source: Mann 1945, Nonparametric tests against trend; Kendall 1975.
 */
export function trend(values: readonly number[]): number {
  const n = values.length;
  if (n < 4) return 0;
  let score = 0;
  for (let late = 1; late < n; late++) {
    const value = values[late];
    for (let early = 0; early < late; early++) {
      if (value > values[early]) score++;
      else if (value < values[early]) score--;
    }
  }
  return score / Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
}
