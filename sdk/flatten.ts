import { LIMITS } from '../shared/limits.ts';
import { SERIES_NAME } from '../shared/lines.ts';
import { toWire, type WireNumber } from '../shared/numbers.ts';

/** What a training script may log: numbers by series, nested as it likes. `undefined` is left out. */
export interface Values {
  readonly [series: string]: number | bigint | boolean | undefined | Values;
}

/** Told of a value that cannot be sent: a sentence for people. Each `code` need be said once only. */
export type Complain = (code: string, message: string) => void;

/**
 * Spells values for the wire, nested objects by their path: `{ val: { loss: 0.3 } }` → `{ 'val/loss': 0.3 }`.
 * NaN and the infinities stay what they are. What is no number, or has no usable name, is left out and complained of.
 */
export function flatten(values: Values, complain: Complain): Record<string, WireNumber> {
  const flat: Record<string, WireNumber> = {};
  collect(flat, '', values, 0, complain);
  return flat;
}

/** Deeper than anybody nests by hand, and an end to an object that contains itself. */
const DEEPEST = 8;

function collect(
  flat: Record<string, WireNumber>,
  prefix: string,
  values: object,
  depth: number,
  complain: Complain,
): void {
  for (const [key, value] of Object.entries(values) as [string, unknown][]) {
    const series = prefix + key;
    if (typeof value === 'number') {
      if (named(series, complain)) put(flat, series, toWire(value));
    } else if (typeof value === 'bigint' || typeof value === 'boolean') {
      if (named(series, complain)) put(flat, series, toWire(Number(value)));
    } else if (isPlain(value) && depth < DEEPEST) {
      collect(flat, `${series}/`, value, depth + 1, complain);
    } else if (value !== undefined) {
      complain(`value ${series}`, `${series}: must be a number, got ${describe(value)}; it is left out`);
    }
  }
}

/** Assigning to `__proto__` would set the prototype and lose the value. */
function put(flat: Record<string, WireNumber>, series: string, value: WireNumber): void {
  if (series === '__proto__')
    Object.defineProperty(flat, series, { value, enumerable: true, configurable: true, writable: true });
  else flat[series] = value;
}

function named(series: string, complain: Complain): boolean {
  if (series.length <= LIMITS.nameLength && SERIES_NAME.test(series)) return true;
  complain(
    'series name',
    `series: must be 1 to ${LIMITS.nameLength} printable characters, got ${JSON.stringify(series.slice(0, 80))}`,
  );
  return false;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? Object.prototype.toString.call(value).slice(8, -1) : typeof value;
}
