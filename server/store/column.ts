import { type ByteReader, type ByteWriter } from './bytes.ts';

/**
 * A column of float64 in as few bytes as are worth their time, every value exact, NaN, infinities and −0 included.
 * The first byte says how:
 *
 *     0 float64 · 1 float32, where every value is one · 2 one value for all
 *     8 + 2 g + o  whole ticks of grid g, by how far each difference from the one before is from the usual difference
 *                  (o = 0) or from the difference before (o = 1)
 *
 * What is left is zigzag-coded in whole numbers of seven bits a byte; a run of zeros is 0 and its length less one. So
 * steps that count evenly cost nothing, and times about two bytes.
 */
const FLOAT64 = 0;
const FLOAT32 = 1;
const CONSTANT = 2;
const TICKS = 8;

/** Ticks per unit: whole numbers, milliseconds, microseconds, and the spacing of float64 seconds since 2004. */
const GRIDS = [1, 1e3, 1e6, 2 ** 22] as const;

/** Largest distance of a tick from the first: differences of differences, zigzag-coded, stay exact. */
const REACH = 2 ** 49;

/** What a column may be tried as: `whole` for steps and values, `time` on the finer grids too. */
export type ColumnKind = 'whole' | 'time';

/** Appends a column. */
export function packColumn(out: ByteWriter, values: Float64Array, kind: ColumnKind): void {
  const grids = kind === 'whole' ? 1 : GRIDS.length;
  for (let grid = 0; grid < grids; grid++) {
    const ticks = ticksOf(values, GRIDS[grid]);
    if (ticks) return packTicks(out, ticks, grid);
  }
  if (isConstant(values)) {
    out.byte(CONSTANT);
    out.float64(values[0]);
    return;
  }
  const narrow = kind === 'whole' ? narrowed(values) : null;
  const raw = narrow ?? values;
  out.byte(narrow ? FLOAT32 : FLOAT64);
  out.put(new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength));
}

/**
 * Packs columns of one kind, and remembers them by what they begin with: series that were logged together have the same
 * steps and times, and to compare a column takes a fraction of what packing it takes.
 */
export class ColumnPacker {
  readonly #kind: ColumnKind;
  readonly #packed = new Map<number, { readonly values: Float64Array; readonly bytes: Uint8Array }>();

  constructor(kind: ColumnKind) {
    this.#kind = kind;
  }

  /**
   * Appends a column.
   * @param values kept, and so not to be changed
   */
  pack(out: ByteWriter, values: Float64Array): void {
    const known = this.#packed.get(values[0]);
    if (known !== undefined && isSame(known.values, values)) return out.put(known.bytes);
    const start = out.length;
    packColumn(out, values, this.#kind);
    this.#packed.set(values[0], { values, bytes: out.bytes.slice(start) });
  }
}

/** Reads the column of `count` values that is next. */
export function unpackColumn(from: ByteReader, count: number): Float64Array {
  const how = from.byte();
  switch (how) {
    case FLOAT64:
      return new Float64Array(from.take(count * 8).slice().buffer);
    case FLOAT32:
      return widened(from.take(count * 4));
    case CONSTANT:
      return new Float64Array(count).fill(from.float64());
    default:
      if (how < TICKS || how >= TICKS + 2 * GRIDS.length)
        throw new Error(`column: kind must be 0, 1, 2 or 8 to 15, got ${how}`);
      return unpackTicks(from, count, GRIDS[(how - TICKS) >> 1], (how & 1) === 1);
  }
}

/** The values as whole ticks, when that loses nothing; null otherwise. */
function ticksOf(values: Float64Array, perUnit: number): Float64Array | null {
  const count = values.length;
  const ticks = new Float64Array(count);
  const first = Math.round(values[0] * perUnit);
  for (let i = 0; i < count; i++) {
    const value = values[i];
    const tick = Math.round(value * perUnit);
    // −0 is not 0, though it compares equal; NaN and infinities fail the first comparison or the reach.
    if (tick / perUnit !== value || !(Math.abs(tick - first) <= REACH) || (value === 0 && 1 / value < 0))
      return null;
    ticks[i] = tick;
  }
  return Math.abs(first) <= Number.MAX_SAFE_INTEGER ? ticks : null;
}

function packTicks(out: ByteWriter, ticks: Float64Array, grid: number): void {
  const usual = usualDifference(ticks);
  let [first, second] = [0, 0];
  for (let i = 1, before = 0; i < ticks.length; i++) {
    const difference = ticks[i] - ticks[i - 1];
    first += size(difference - usual);
    second += size(difference - before);
    before = difference;
  }
  const order2 = second < first;
  out.byte(TICKS + 2 * grid + (order2 ? 1 : 0));
  out.float64(ticks.length > 0 ? ticks[0] : 0);
  if (!order2) out.whole(zigzag(usual));
  // Written here and not by `whole`: it is called for every point.
  const bytes = out.room(9 * ticks.length);
  let at = out.length;
  const put = (value: number) => {
    while (value > 0x7fffffff) {
      bytes[at++] = (value % 128) | 128;
      value = Math.floor(value / 128);
    }
    for (; value > 127; value >>>= 7) bytes[at++] = (value & 127) | 128;
    bytes[at++] = value;
  };
  let before = order2 ? 0 : usual;
  let zeros = 0;
  for (let i = 1; i < ticks.length; i++) {
    const difference = ticks[i] - ticks[i - 1];
    const left = difference - before;
    if (order2) before = difference;
    if (left === 0) {
      zeros++;
      continue;
    }
    if (zeros > 0) {
      bytes[at++] = 0;
      put(zeros - 1);
      zeros = 0;
    }
    put(left > 0 ? 2 * left : -2 * left - 1);
  }
  if (zeros > 0) {
    bytes[at++] = 0;
    put(zeros - 1);
  }
  out.length = at;
}

function unpackTicks(from: ByteReader, count: number, perUnit: number, order2: boolean): Float64Array {
  const values = new Float64Array(count);
  let tick = from.float64();
  let before = order2 ? 0 : unzigzag(from.whole());
  if (count === 0) return values;
  values[0] = tick / perUnit;
  // Read here and not by `whole`: it is called for every point.
  const { bytes } = from;
  let at = from.at;
  for (let i = 1; i < count;) {
    let coded = bytes[at++];
    if (coded > 127) {
      const second = bytes[at++];
      coded = (coded & 127) | ((second & 127) << 7);
      if (second > 127) {
        const third = bytes[at++];
        coded |= (third & 127) << 14;
        for (let byte = third, factor = 2 ** 21; byte > 127; factor *= 128) {
          byte = bytes[at++];
          coded += (byte & 127) * factor;
        }
      }
    }
    if (coded === 0) {
      // A run: as far from each other as those before.
      from.at = at;
      const end = Math.min(count, i + 1 + from.whole());
      at = from.at;
      for (; i < end; i++) {
        tick += before;
        values[i] = tick / perUnit;
      }
      continue;
    }
    // Most are small: no branch, for it could not be foretold.
    const left = coded < 0x7fffffff ? (coded >>> 1) ^ -(coded & 1) : unzigzag(coded);
    const difference = before + left;
    if (order2) before = difference;
    tick += difference;
    values[i++] = tick / perUnit;
  }
  from.at = at;
  return values;
}

/** Median of the differences, of up to 33 of them. */
function usualDifference(ticks: Float64Array): number {
  const stride = Math.max(1, Math.floor((ticks.length - 1) / 33));
  const sample: number[] = [];
  for (let i = 1; i < ticks.length; i += stride) sample.push(ticks[i] - ticks[i - 1]);
  sample.sort((a, b) => a - b);
  return sample.length > 0 ? sample[sample.length >> 1] : 0;
}

/** 0, −1, 1, −2, … as 0, 1, 2, 3, … */
function zigzag(value: number): number {
  return value >= 0 ? 2 * value : -2 * value - 1;
}

function unzigzag(coded: number): number {
  if (coded < 0x7fffffff) return (coded & 1) === 0 ? coded >>> 1 : -((coded + 1) >>> 1);
  return coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2;
}

/** Bytes of a difference, zeros counted as an eighth: they come in runs. */
function size(difference: number): number {
  const size = Math.abs(difference);
  if (size === 0) return 0.125;
  if (size < 64) return 1;
  if (size < 8_192) return 2;
  if (size < 1_048_576) return 3;
  return size < 134_217_728 ? 4 : 7;
}

/** Whether two columns are the same to the bit. */
function isSame(one: Float64Array, other: Float64Array): boolean {
  return bytesOf(one).equals(bytesOf(other));
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function isConstant(values: Float64Array): boolean {
  const [first] = values;
  for (const value of values) if (!Object.is(value, first)) return false;
  return values.length > 0;
}

/** Room for the bytes of float32, where they begin at a multiple of 4. */
let aligned = new Float32Array(1024);

function widened(bytes: Uint8Array): Float64Array {
  const count = bytes.length / 4;
  if (aligned.length < count) aligned = new Float32Array(count);
  new Uint8Array(aligned.buffer).set(bytes);
  return new Float64Array(aligned.length === count ? aligned : aligned.subarray(0, count));
}

function narrowed(values: Float64Array): Float32Array | null {
  const narrow = new Float32Array(values);
  for (let i = 0; i < values.length; i++) {
    // NaN is no number but the same to us.
    if (narrow[i] !== values[i] && !Number.isNaN(values[i])) return null;
  }
  return narrow;
}
