import { LIMITS } from '../shared/limits.ts';
import { encodeLogFrame, type FrameColumn } from '../shared/log-frame.ts';
import type { Block } from './block.ts';
import { describe, visit, type Complain, type Wanted } from './flatten.ts';

/** A series' values at many steps: an array, typed or not. `null`: it has none at this step. */
export type Column = ArrayLike<number | bigint | boolean | null | undefined>;

/** What a training script may log of many steps at once: values by series, nested as it likes. */
export interface Columns {
  readonly [series: string]: Column | Columns | undefined;
}

/** A block with the number of the line that it is. */
export interface NumberedBlock extends Block {
  readonly seq: number;
}

/**
 * Values of one block at most, unless one row has more: as text some 90 kB, 270 kB where a single series brings its
 * steps and times; far below what a server takes in one frame.
 */
const BLOCK = 8_192;

const COLUMN: Wanted<Column> = { name: 'an array of numbers', is: isList };

/** Columns by series, nested objects by their path. What is no list, or has no usable name, is left out. */
export function namedColumns(columns: Columns, complain: Complain): Map<string, Column> {
  const found = new Map<string, Column>();
  visit(columns, COLUMN, complain, (series, column) => found.set(series, column));
  return found;
}

/** Whether a value is an array, typed or not. */
export function isList(value: unknown): value is Column {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/**
 * Copies columns into blocks: rows in their order, and of more series than a line may carry those first that come
 * first. Values are float32 where that loses nothing.
 * @param columns each as long as `steps`
 * @param steps whole numbers from 0, not descending
 * @param times seconds since 1970, as long as `steps`
 * @param number gives a block its number
 */
export function blocksOf(
  columns: ReadonlyMap<string, Column>,
  steps: Float64Array,
  times: Float64Array,
  number: () => number,
  complain: Complain,
): NumberedBlock[] {
  const all = [...columns];
  const rows = Math.max(1, Math.floor(BLOCK / Math.min(all.length, LIMITS.lineValues)));
  const blocks: NumberedBlock[] = [];
  for (let from = 0; from < steps.length; from += rows) {
    const to = Math.min(from + rows, steps.length);
    for (let first = 0; first < all.length; first += LIMITS.lineValues) {
      const some = all.slice(first, first + LIMITS.lineValues);
      const [names, parts] = partsOf(some, from, to, complain);
      if (names.length === 0) continue;
      const seq = number();
      const frame = encodeLogFrame({
        seq,
        numbered: false,
        steps: steps.subarray(from, to),
        times: times.subarray(from, to),
        columns: parts,
      });
      blocks.push({ seq, names, frame });
    }
  }
  return blocks;
}

/** The columns that have values in rows `from` to below `to`: their names and, by their places among these, the values. */
function partsOf(
  columns: readonly (readonly [string, Column])[],
  from: number,
  to: number,
  complain: Complain,
): [string[], FrameColumn[]] {
  const names: string[] = [];
  const parts: FrameColumn[] = [];
  for (const [name, column] of columns) {
    const part = partOf(name, column, from, to, complain);
    if (part.values.length === 0) continue;
    parts.push({ id: names.length, ...part });
    names.push(name);
  }
  return [names, parts];
}

/** The values of a column in rows `from` to below `to`. */
function partOf(
  name: string,
  column: Column,
  from: number,
  to: number,
  complain: Complain,
): Pick<FrameColumn, 'rows' | 'values'> {
  if (column instanceof Float32Array) return { rows: null, values: column.subarray(from, to) };
  if (column instanceof Float64Array) return { rows: null, values: narrow(column.subarray(from, to)) };
  const values = new Float64Array(to - from);
  const rows = new Uint32Array(to - from);
  let count = 0;
  for (let i = from; i < to; i++) {
    const value: unknown = column[i];
    if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
      rows[count] = i - from;
      values[count++] = Number(value);
    } else if (value !== null && value !== undefined) {
      complain(
        `value ${name}`,
        `${name}/${i}: must be a number or null, got ${describe(value)}; it is left out`,
      );
    }
  }
  return {
    rows: count < to - from ? rows.subarray(0, count) : null,
    values: narrow(values.subarray(0, count)),
  };
}

/** The same values as float32 where that loses nothing. */
function narrow(values: Float64Array): Float64Array | Float32Array {
  return values.every((value) => Object.is(Math.fround(value), value)) ? new Float32Array(values) : values;
}
