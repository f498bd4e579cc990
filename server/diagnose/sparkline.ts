const BARS = '▁▂▃▄▅▆▇█';

/**
 * A series as a line of bars, lowest to highest, each the mean of its share of the values; × where a share holds
 * nothing finite.
 * @param width characters
 */
export function sparkline(values: readonly number[], width: number): string {
  const columns = Math.min(width, values.length);
  const means = Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns);
    const to = Math.floor(((column + 1) * values.length) / columns);
    const finite = values.slice(from, to).filter(Number.isFinite);
    return finite.reduce((sum, value) => sum + value, 0) / finite.length;
  });
  const finite = means.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const bar = (mean: number) => BARS[Math.round(((mean - low) / (high - low || 1)) * (BARS.length - 1))];
  return means.map((mean) => (Number.isFinite(mean) ? bar(mean) : '×')).join('');
}
