import { decodeLogFrame, type FrameColumn } from '../../../shared/log-frame.ts';
import type { Block } from '../../../sdk/block.ts';

/** A block as a `log` line with columns, for people and tests to read. */
export function jsonOf({ names, frame }: Block): string {
  const decoded = decodeLogFrame(frame, names.length);
  if (!decoded.ok) throw new Error(decoded.fault.message);
  const { seq, steps, times, columns } = decoded.frame;
  const values = columns.map(
    (column) => `${JSON.stringify(names[column.id])}:[${cells(column, steps.length)}]`,
  );
  return `{"kind":"log","seq":${seq},"steps":[${steps.join()}],${times ? `"times":[${times.join()}],` : ''}"values":{${values.join()}}}`;
}

/** A column's values as JSON, `null` where a row has none. */
function cells({ rows, values }: FrameColumn, count: number): string {
  if (rows === null && values.every(Number.isFinite)) return values.join();
  const written = new Array<string | number>(rows === null ? 0 : count).fill('null');
  values.forEach((value, i) => (written[rows?.[i] ?? i] = Number.isFinite(value) ? value : `"${value}"`));
  return written.join();
}
