import { decodeLogFrame, type FrameColumn } from '../shared/log-frame.ts';

/**
 * Points of many steps that are one line, as a binary frame of points: it can be sent as it is once its series have
 * ids. Until then a series' id is its place in `names`.
 */
export interface Block {
  readonly names: readonly string[];
  readonly frame: Uint8Array<ArrayBuffer>;
}

/** Where a frame holds its columns' ids: the first, and bytes from each to the next. */
const FIRST_ID = 16;
const NEXT_ID = 12;

/** A block's frame under the ids agreed with the server. */
export function frameWith({ names, frame }: Block, idOf: (name: string) => number): Uint8Array<ArrayBuffer> {
  const bytes = frame.slice();
  const view = new DataView(bytes.buffer);
  names.forEach((name, i) => view.setUint32(FIRST_ID + NEXT_ID * i, idOf(name), true));
  return bytes;
}

/** A block as a `log` line with columns. */
export function jsonOf({ names, frame }: Block): string {
  const decoded = decodeLogFrame(frame, names.length);
  if (!decoded.ok) throw new Error(decoded.fault.message);
  const { seq, steps, times, columns } = decoded.frame;
  const values = columns.map(
    (column) => `${JSON.stringify(names[column.id])}:[${cells(column, steps.length)}]`,
  );
  return `{"kind":"log","seq":${seq},"steps":[${steps.join()}],${times ? `"times":[${times.join()}],` : ''}"values":{${values.join()}}}`;
}

/** Whether a line is one of columns, as `jsonOf` writes it: told without reading it. */
export function isColumns({ seq, text }: { readonly seq: number; readonly text: string }): boolean {
  return text.startsWith(`{"kind":"log","seq":${seq},"steps":`);
}

/** A column's values as JSON, `null` where a row has none. */
function cells({ rows, values }: FrameColumn, count: number): string {
  if (rows === null && values.every(Number.isFinite)) return values.join();
  const written = new Array<string | number>(rows === null ? 0 : count).fill('null');
  values.forEach((value, i) => (written[rows?.[i] ?? i] = Number.isFinite(value) ? value : `"${value}"`));
  return written.join();
}
