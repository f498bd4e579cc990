/** Round numbers within [low, high], about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  const found: number[] = [];
  // Whole multiples, so that no error adds up: 0.30000000000000004 is no label.
  for (let i = first; i * step <= high + step * 1e-9; i++) found.push(Number((i * step).toPrecision(12)));
  return found;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Distances of labels of time, s. */
const TIMES = [
  ...[1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY],
];

/** Round times within [low, high], in seconds, about `count` of them; whole days where it is many. */
export function timeTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough >= 1)) return ticks(low, high, count);
  const step = TIMES.find((one) => one >= rough) ?? DAY * Math.ceil(rough / DAY);
  const found: number[] = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) found.push(at);
  return found;
}

/** Powers of ten within [low, high]; with their 2 and 5 fold where those are few. */
export function logTicks(low: number, high: number): number[] {
  const found: number[] = [];
  const decades = Math.log10(high / low);
  const times = decades < 2 ? [1, 2, 5] : [1];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (const time of times) {
      const value = Number((time * 10 ** power).toPrecision(12));
      if (value >= low && value <= high) found.push(value);
    }
  return found;
}
