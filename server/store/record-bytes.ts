import { deserialize, serialize } from 'node:v8';
import type { Analysis } from '../pipeline/pipeline.ts';
import type { Column, Table } from '../table.ts';
import {
  type CheckpointRecord,
  isSystem,
  type SeqRange,
  type StoreRecord,
  type TableOutline,
  type TableRecord,
} from './record.ts';

/**
 * Records as bytes. The first byte says which kind:
 *
 *     1 JSON · 2 table · 3 checkpoint as older releases write it, V8's own form · 4 checkpoint
 *
 * Tables and checkpoints go on with three unused bytes, the length of a head (uint32), the head as JSON, and from the
 * next multiple of 8 on their columns, or the analysis in V8's own form.
 */
const JSON_RECORD = 1;
const TABLE_RECORD = 2;
const OLD_CHECKPOINT_RECORD = 3;
const CHECKPOINT_RECORD = 4;

const HEAD_AT = 8;

interface TableHead {
  readonly at: number;
  readonly seqs: SeqRange;
  readonly run: string;
  readonly writer: string;
  readonly rank: number;
  readonly attempt: number;
  readonly rows: number;
  /** Name, count of values, whether there is one for every row. */
  readonly columns: readonly (readonly [string, number, boolean])[];
}

/** A record as bytes; `decodeRecord` gives the same record back, every float64 exactly. */
export function encodeRecord(record: StoreRecord): Uint8Array {
  if (record.kind === 'table') return encodeTable(record);
  if (record.kind === 'checkpoint') {
    const { run, inputs, analysis } = record;
    const body = serialize(analysis);
    const { bytes, start } = withHead(CHECKPOINT_RECORD, { run, inputs }, body.length);
    bytes.set(body, start);
    return bytes;
  }
  const text = Buffer.from(JSON.stringify(record));
  const bytes = new Uint8Array(1 + text.length);
  bytes[0] = JSON_RECORD;
  bytes.set(text, 1);
  return bytes;
}

/**
 * Reads a record; `bytes` must start at a multiple of 8 in its buffer, for the columns become views of it. Columns and
 * analyses are made when they are first asked for: most of a journal is never looked at before it is sealed.
 */
export function decodeRecord(bytes: Uint8Array): StoreRecord {
  switch (bytes[0]) {
    case JSON_RECORD:
      return JSON.parse(textOf(bytes, 1, bytes.length)) as StoreRecord;
    case TABLE_RECORD:
      return decodeTable(bytes);
    case OLD_CHECKPOINT_RECORD:
      return deserialize(bytes.subarray(1)) as CheckpointRecord;
    case CHECKPOINT_RECORD: {
      const { head, start } = headOf<Pick<CheckpointRecord, 'run' | 'inputs'>>(bytes);
      let analysis: Analysis | null = null;
      return {
        kind: 'checkpoint',
        ...head,
        get analysis() {
          return (analysis ??= deserialize(bytes.subarray(start)) as Analysis);
        },
      };
    }
    default:
      throw new Error(`journal record: kind must be 1 to 4, got ${bytes[0]}`);
  }
}

function encodeTable({ at, seqs, table }: TableRecord): Uint8Array {
  const { run, writer, rank, attempt, steps, times, columns } = table;
  const head: TableHead = {
    at,
    seqs,
    run,
    writer,
    rank,
    attempt,
    rows: steps.length,
    columns: columns.map(({ series, rows, values }) => [series, values.length, rows === null]),
  };
  let size = steps.length * 16;
  for (const { rows, values } of columns)
    size += values.length * 8 + (rows === null ? 0 : align(rows.length * 4));
  const { bytes, start } = withHead(TABLE_RECORD, head, size);
  let offset = start;
  const put = (part: Float64Array | Uint32Array) => {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
    offset = align(offset + part.byteLength);
  };
  put(steps);
  put(times);
  for (const { rows, values } of columns) {
    if (rows !== null) put(rows);
    put(values);
  }
  return bytes;
}

function decodeTable(bytes: Uint8Array): TableRecord {
  const { head, start } = headOf<TableHead>(bytes);
  const { at, seqs, run, writer, rank, attempt, rows } = head;
  // The head is read again, for its many small parts would have to be kept.
  const points = () => decodePoints(bytes, start, rows, headOf<TableHead>(bytes).head.columns);
  let decoded: ReturnType<typeof points> | null = null;
  const table: Table = {
    run,
    writer,
    rank,
    attempt,
    get steps() {
      return (decoded ??= points()).steps;
    },
    get times() {
      return (decoded ??= points()).times;
    },
    get columns() {
      return (decoded ??= points()).columns;
    },
  };
  return { kind: 'table', at, seqs, table, outline: outlineIn(bytes, start, head) };
}

function outlineIn(bytes: Uint8Array, start: number, { rows, columns }: TableHead): TableOutline {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let offset = start + rows * 16;
  const outline = { points: 0, training: false, lastStep: NaN, epoch: null as number | null };
  if (rows > 0) outline.lastStep = view.getFloat64(start + (rows - 1) * 8, true);
  for (const [series, count, whole] of columns) {
    if (!whole) offset += align(count * 4);
    offset += count * 8;
    outline.points += count;
    outline.training ||= !isSystem(series);
    if (series === 'epoch' && count > 0) outline.epoch = view.getFloat64(offset - 8, true);
  }
  return outline;
}

function decodePoints(
  { buffer, byteOffset }: Uint8Array,
  start: number,
  rows: number,
  heads: TableHead['columns'],
): Pick<Table, 'steps' | 'times' | 'columns'> {
  let offset = byteOffset + start;
  const floats = (count: number) => {
    const part = new Float64Array(buffer, offset, count);
    offset += count * 8;
    return part;
  };
  const indexes = (count: number) => {
    const part = new Uint32Array(buffer, offset, count);
    offset = align(offset + count * 4);
    return part;
  };
  const [steps, times] = [floats(rows), floats(rows)];
  const columns = heads.map(([series, count, whole]): Column => {
    const given = whole ? null : indexes(count);
    return { series, rows: given, values: floats(count) };
  });
  return { steps, times, columns };
}

/** Bytes of a record with its head, and room for a body that begins at `start`. */
function withHead(kind: number, head: object, body: number): { bytes: Uint8Array; start: number } {
  const text = Buffer.from(JSON.stringify(head));
  const start = align(HEAD_AT + text.length);
  const bytes = new Uint8Array(start + body);
  bytes[0] = kind;
  new DataView(bytes.buffer).setUint32(4, text.length, true);
  bytes.set(text, HEAD_AT);
  return { bytes, start };
}

/** The head of a record, and where its body begins. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- what is kept is what was put
function headOf<Head>(bytes: Uint8Array): { head: Head; start: number } {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  const end = HEAD_AT + length;
  return { head: JSON.parse(textOf(bytes, HEAD_AT, end)) as Head, start: align(end) };
}

function textOf({ buffer, byteOffset }: Uint8Array, from: number, to: number): string {
  return Buffer.from(buffer, byteOffset + from, to - from).toString();
}

/** Rounds up to a multiple of 8, where float64 columns may begin. */
function align(offset: number): number {
  return (offset + 7) & ~7;
}
