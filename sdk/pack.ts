import { LIMITS } from '../shared/limits.ts';
import type { LogLine } from '../shared/lines.ts';
import { encodeLogFrame } from '../shared/log-frame.ts';
import { fromWire } from '../shared/numbers.ts';
import { isBlock } from './block.ts';
import type { NumberedLine } from './line-writer.ts';

/** A line's values as a frame of columns can carry them. */
export interface Row {
  readonly seq: number;
  readonly step: number;
  /** Seconds since 1970. */
  readonly time: number;
  readonly values: ReadonlyMap<string, number>;
}

/** Reads a line; null when it is none that a frame of columns can carry. */
export function rowOf({ seq, text }: NumberedLine): Row | null {
  if (!text.startsWith('{"kind":"log"') || isBlock({ seq, text })) return null;
  let line: Partial<LogLine>;
  try {
    line = JSON.parse(text) as Partial<LogLine>;
  } catch {
    return null;
  }
  const { step, time, epoch, values } = line;
  if (line.seq !== seq || step === undefined || time === undefined || values === undefined) return null;
  const found = new Map<string, number>();
  if (epoch !== undefined) found.set('epoch', epoch);
  for (const [name, value] of Object.entries(values))
    if (name !== 'epoch' || epoch === undefined) found.set(name, fromWire(value));
  return found.size > 0 ? { seq, step, time, values: found } : null;
}

/** Whether a row may stand behind the rows of a frame, of so many series. */
export function follows(rows: readonly Row[], row: Row, series: number): boolean {
  return (
    rows.length === 0 ||
    (row.seq === rows[rows.length - 1].seq + 1 && series + row.values.size <= LIMITS.lineValues)
  );
}

/**
 * Makes one binary frame of lines whose numbers follow each other; each keeps its own. Values are float32 where that
 * loses nothing.
 * @param idOf id of a series, as agreed with the server
 */
export function pack(rows: readonly Row[], idOf: (name: string) => number): Uint8Array {
  const columns = new Map<string, { rows: number[]; values: number[]; exact: boolean }>();
  rows.forEach(({ values }, row) => {
    for (const [name, value] of values) {
      let column = columns.get(name);
      if (column === undefined) columns.set(name, (column = { rows: [], values: [], exact: true }));
      column.rows.push(row);
      column.values.push(value);
      column.exact &&= Object.is(Math.fround(value), value);
    }
  });
  return encodeLogFrame({
    seq: rows[0].seq,
    numbered: true,
    steps: Float64Array.from(rows, ({ step }) => step),
    times: Float64Array.from(rows, ({ time }) => time),
    columns: [...columns].map(([name, column]) => ({
      id: idOf(name),
      rows: column.rows.length < rows.length ? new Uint32Array(column.rows) : null,
      values: column.exact ? new Float32Array(column.values) : new Float64Array(column.values),
    })),
  });
}
