import { fault, type Fault } from './errors.ts';
import { LIMITS } from './limits.ts';

/**
 * The binary form of a columnar `log` line: a frame of typed columns, little-endian, whose series are named by ids
 * that were agreed on the same socket.
 *
 *     0   uint8    1: a frame of points
 *     1   uint8    flags: 1 times are given · 2 every row is a line with a number of its own
 *     2   uint16   columns
 *     4   uint32   rows
 *     8   float64  number of the line, or of the first row's; 0: the next one
 *     16  for each column 12 bytes:
 *           uint32 id of the series · uint32 count of values · uint8 1: float32, 2: float64 · 3 zero bytes
 *     then, each from a multiple of 8 on:
 *         steps    float64 × rows
 *         times    float64 × rows, seconds since 1970, where given
 *         for each column: rows uint32 × count, ascending, where count is less than rows · values × count
 *
 * What is between is zero, and the frame ends with its last column, filled up to a multiple of 8.
 */
export interface LogFrame {
  /** 0: taken as the next one. */
  readonly seq: number;
  /** Whether row i is a line of its own, numbered `seq` + i; else all rows are one line. */
  readonly numbered: boolean;
  readonly steps: Float64Array;
  /** null: the server's time of arrival. */
  readonly times: Float64Array | null;
  readonly columns: readonly FrameColumn[];
}

/** Values of one series. */
export interface FrameColumn {
  readonly id: number;
  /** Row of each value, ascending; null when there is one for every row. */
  readonly rows: Uint32Array | null;
  readonly values: Float64Array | Float32Array;
}

/** The first byte of a frame of points. */
export const LOG_FRAME = 1;
const TIMES = 1;
const NUMBERED = 2;
const FLOAT32 = 1;
const FLOAT64 = 2;
const HEAD = 16;
const COLUMN = 12;

/** Bytes of a frame of so many rows, as `encodeLogFrame` makes it. */
export function encodeLogFrame({ seq, numbered, steps, times, columns }: LogFrame): Uint8Array<ArrayBuffer> {
  const rows = steps.length;
  let size = align(HEAD + COLUMN * columns.length) + rows * (times ? 16 : 8);
  for (const { rows: indexes, values } of columns)
    size += (indexes ? align(indexes.byteLength) : 0) + align(values.byteLength);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes[0] = LOG_FRAME;
  bytes[1] = (times ? TIMES : 0) | (numbered ? NUMBERED : 0);
  view.setUint16(2, columns.length, true);
  view.setUint32(4, rows, true);
  view.setFloat64(8, seq, true);
  let at = HEAD;
  for (const { id, values } of columns) {
    view.setUint32(at, id, true);
    view.setUint32(at + 4, values.length, true);
    bytes[at + 8] = values instanceof Float32Array ? FLOAT32 : FLOAT64;
    at += COLUMN;
  }
  at = align(at);
  const put = (part: Float64Array | Float32Array | Uint32Array) => {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at = align(at + part.byteLength);
  };
  put(steps);
  if (times) put(times);
  for (const { rows: indexes, values } of columns) {
    if (indexes) put(indexes);
    put(values);
  }
  return bytes;
}

/** A frame that keeps the rules, or the fault that tells which rule it breaks and the number it had. */
export type Decoded =
  | { readonly ok: true; readonly frame: LogFrame }
  /** `seqs`: the numbers that are refused with the frame; null when it is too broken to have any. */
  | {
      readonly ok: false;
      readonly fault: Fault;
      readonly seqs: { readonly from: number; readonly to: number } | null;
    };

/**
 * Reads a frame; its columns are views of `bytes` where these begin at a multiple of 8 in their buffer, else of one copy.
 * Checks everything that can be told from the frame alone: sizes, ids below `agreed`, steps, times and row numbers.
 * @param agreed series agreed on the socket: ids from 0 to below it
 */
export function decodeLogFrame(given: Uint8Array, agreed: number): Decoded {
  const bytes = given.byteOffset % 8 === 0 ? given : new Uint8Array(given);
  const length = bytes.length;
  if (length < HEAD) return refuse('bytes', `at least ${HEAD}`, length, null);
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const flags = bytes[1];
  const count = view.getUint16(2, true);
  const rows = view.getUint32(4, true);
  const seq = view.getFloat64(8, true);
  if (flags > (TIMES | NUMBERED)) return refuse('flags', 'at most 3', flags, null);
  const numbered = (flags & NUMBERED) !== 0;
  if (!Number.isSafeInteger(seq) || seq < 0 || !Number.isSafeInteger(seq + rows))
    return refuse('seq', 'a whole number from 0', seq, null);
  // The numbers a refused frame takes with it. A claim of rows that the bytes cannot hold is not believed.
  if (rows === 0 || rows * 8 > length)
    return refuse('rows', `from 1 to ${Math.floor(length / 8)} in ${length} bytes`, rows, null);
  const seqs = seq === 0 ? null : { from: seq, to: numbered ? seq + rows - 1 : seq };
  if (count === 0 || count > LIMITS.lineValues)
    return refuse('columns', `from 1 to ${LIMITS.lineValues}`, count, seqs);

  let at = align(HEAD + COLUMN * count);
  let needed = at + rows * ((flags & TIMES) !== 0 ? 16 : 8);
  if (at > length) return refuse('bytes', `at least ${needed}`, length, seqs);
  for (let i = 0; i < count; i++) {
    const head = HEAD + COLUMN * i;
    const id = view.getUint32(head, true);
    const values = view.getUint32(head + 4, true);
    const type = bytes[head + 8];
    if (id >= agreed) return refuse(`columns/${i}/series`, `an id below ${agreed}, as agreed`, id, seqs);
    if (values === 0 || values > rows) return refuse(`columns/${i}/count`, `from 1 to ${rows}`, values, seqs);
    if (type !== FLOAT32 && type !== FLOAT64)
      return refuse(`columns/${i}/type`, '1 (float32) or 2 (float64)', type, seqs);
    needed += (values < rows ? align(values * 4) : 0) + align(values * (type === FLOAT32 ? 4 : 8));
  }
  if (needed !== length) return refuse('bytes', `${needed} for these columns`, length, seqs);

  const { buffer, byteOffset } = bytes;
  const steps = new Float64Array(buffer, byteOffset + at, rows);
  at += rows * 8;
  for (let i = 0; i < rows; i++) {
    const step = steps[i];
    if (!(step >= 0 && step <= Number.MAX_SAFE_INTEGER && Math.floor(step) === step))
      return refuse(`steps/${i}`, 'a whole number from 0', step, seqs);
  }
  let times: Float64Array | null = null;
  if ((flags & TIMES) !== 0) {
    times = new Float64Array(buffer, byteOffset + at, rows);
    at += rows * 8;
    for (let i = 0; i < rows; i++) {
      if (!(times[i] >= 0 && times[i] <= LATEST))
        return refuse(`times/${i}`, `seconds from 0 to ${LATEST}`, times[i], seqs);
    }
  }
  const columns: FrameColumn[] = [];
  const seen = new Set<number>();
  for (let i = 0; i < count; i++) {
    const head = HEAD + COLUMN * i;
    const id = view.getUint32(head, true);
    const values = view.getUint32(head + 4, true);
    if (seen.has(id)) return refuse(`columns/${i}/series`, 'in one column only', id, seqs);
    seen.add(id);
    let indexes: Uint32Array | null = null;
    if (values < rows) {
      indexes = new Uint32Array(buffer, byteOffset + at, values);
      at += align(values * 4);
      for (let k = 0, before = -1; k < values; before = indexes[k++]) {
        if (indexes[k] <= before || indexes[k] >= rows)
          return refuse(`columns/${i}/rows/${k}`, `from ${before + 1} to ${rows - 1}`, indexes[k], seqs);
      }
    }
    const start = byteOffset + at;
    const floats =
      bytes[head + 8] === FLOAT32
        ? new Float32Array(buffer, start, values)
        : new Float64Array(buffer, start, values);
    columns.push({ id, rows: indexes, values: floats });
    at += align(floats.byteLength);
  }
  return { ok: true, frame: { seq, numbered, steps, times, columns } };
}

/** The latest time a line may have, in seconds since 1970. */
const LATEST = 1e11;

function refuse(
  field: string,
  rule: string,
  value: number,
  seqs: { readonly from: number; readonly to: number } | null,
): Decoded {
  // JSON has no word for what is not finite.
  const shown = Number.isFinite(value) ? value : String(value);
  return { ok: false, fault: fault('bad-frame', { field, rule, value: shown }), seqs };
}

/** Rounds up to a multiple of 8. */
function align(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}
