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
  visit(values, NUMBER, complain, (series, value) => put(flat, series, toWire(Number(value))));
  return flat;
}

/** What is looked for in nested objects. */
export interface Wanted<T> {
  /** In words, after "must be". */
  readonly name: string;
  readonly is: (value: unknown) => value is T;
}

const NUMBER: Wanted<number | bigint | boolean> = {
  name: 'a number',
  is: (value) => typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean',
};

/** Gives `take` what is wanted of nested objects, each under its path; the rest is left out and complained of. */
export function visit<T>(
  values: object,
  wanted: Wanted<T>,
  complain: Complain,
  take: (series: string, value: T) => void,
): void {
  const collect = (prefix: string, inner: object, depth: number): void => {
    for (const [key, value] of Object.entries(inner) as [string, unknown][]) {
      const series = prefix + key;
      if (wanted.is(value)) {
        if (named(series, complain)) take(series, value);
      } else if (isPlain(value) && depth < DEEPEST) {
        collect(`${series}/`, value, depth + 1);
      } else if (value !== undefined) {
        complain(
          `value ${series}`,
          `${series}: must be ${wanted.name}, got ${describe(value)}; it is left out`,
        );
      }
    }
  };
  collect('', values, 0);
}

/** Deeper than anybody nests by hand, and an end to an object that contains itself. */
const DEEPEST = 8;

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

/** What a value is, for people. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? Object.prototype.toString.call(value).slice(8, -1) : typeof value;
}
