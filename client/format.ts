/** Spells numbers, ages and names for people. Pure. Without `Intl`, whose first use takes a fresh browser 30 ms. */

/** Significant digits of a value. */
const VALUE = 4;

/** Significant digits of a difference: fewer than its values have, for of those some are lost in it. */
const CHANGE = 3;

/**
 * A metric's value, or a rate, with four significant digits and thousands grouped; very large and very small ones in
 * scientific notation.
 */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return minus(value.toExponential(2).replace('e+', 'e'));
  return minus(size >= 1e4 ? formatCount(value) : grouped(Number(value.toPrecision(VALUE))));
}

/**
 * A value beside an axis, with as many digits as tell it from its neighbours.
 * @param distance of two labels; 0: not known
 */
export function formatTick(value: number, distance: number): string {
  if (!(distance > 0)) return formatValue(value);
  const decimals = decimalsOf(distance);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    const digits = Math.floor(Math.log10(size)) + decimals;
    return minus(value.toExponential(Math.min(Math.max(digits, 0), 15)).replace('e+', 'e'));
  }
  return minus(grouped(Number(value.toFixed(Math.min(Math.max(decimals, 0), 15)))));
}

/** The decimals that a multiple of `distance` has: 2 of 0.05, 3 of 0.025, −2 of 300. */
export function decimalsOf(distance: number): number {
  const decimals = -Math.floor(Math.log10(distance) + 1e-9);
  const shown = distance * 10 ** decimals;
  return decimals + (Math.abs(shown - Math.round(shown)) < 1e-6 ? 0 : 1);
}

/** A difference, with its sign. */
export function formatChange(change: number): string {
  return `${change > 0 ? '+' : ''}${formatValue(Number(change.toPrecision(CHANGE)))}`;
}

/** A share, 1 being the whole, in percent: one decimal, from 100 % on none, below 1 % two significant digits. */
export function formatPercent(share: number): string {
  const percent = 100 * share;
  const size = Math.abs(percent);
  return `${formatValue(Number(size < 1 ? percent.toPrecision(2) : percent.toFixed(size < 99.95 ? 1 : 0)))} %`;
}

/** A number as a person set it, exactly; a long one in scientific notation. */
export function formatSetting(value: number): string {
  const plain = String(value);
  return minus(plain.length <= 7 ? plain : value.toExponential().replace('e+', 'e'));
}

/** A whole number with its thousands grouped. */
export function formatCount(value: number): string {
  return grouped(Math.sign(value) * Math.round(Math.abs(value)));
}

/** An epoch: whole where it is whole, else with two decimals. */
export function formatEpoch(epoch: number): string {
  return Number.isInteger(epoch) ? formatCount(epoch) : epoch.toFixed(2);
}

/** How long ago something was. @param seconds its age; negative ages, from clocks that differ, read as now */
export function formatAge(seconds: number): string {
  return seconds < 1.5 ? 'now' : `${formatDuration(seconds)} ago`;
}

/** A span in its largest unit. @param seconds 0 or more */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** "1 finding", "2 findings". */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A key of code as words: `relative_rise` and `relativeRise` both read "relative rise". */
export function humanise(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .trim()
    .toLowerCase();
}

/** One item of evidence or of a config as text. */
export function formatItem(value: unknown): string {
  if (typeof value === 'number') return formatValue(value);
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '—';
  return JSON.stringify(value);
}

/** Nested settings as flat rows, `optimizer.lr` → "0.001", at most `limit` of them. */
export function flatten(config: Readonly<Record<string, unknown>>, limit = 500): [string, string][] {
  const rows: [string, string][] = [];
  const walk = (value: unknown, path: string): void => {
    if (rows.length >= limit) return;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) walk(inner, path ? `${path}.${key}` : key);
    } else rows.push([path, typeof value === 'number' ? String(value) : formatItem(value)]);
  };
  walk(config, '');
  return rows;
}

function minus(text: string): string {
  return text.replace('-', '−').replace('e-', 'e−');
}

/** @param value whose text has no exponent */
function grouped(value: number): string {
  const [whole, ...part] = String(value).split('.');
  return [whole.replace(/\B(?=(\d{3})+$)/g, ','), ...part].join('.');
}
