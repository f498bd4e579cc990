import { deserialize, serialize } from 'node:v8';
import type { RunEdit } from '../../shared/edit.ts';
import type { Finding } from '../../shared/finding.ts';
import type { StopRequest } from '../../shared/frames.ts';
import type {
  AlertLine,
  DefineLine,
  EndLine,
  NoteLine,
  RunLine,
  StoppingLine,
  UpdateLine,
} from '../../shared/lines.ts';
import type { Setting } from '../pipeline/input.ts';
import type { Analysis } from '../pipeline/pipeline.ts';
import type { Column, Table } from '../table.ts';

/** What the journal holds: everything that was accepted or concluded, in order. Their fold is the server's memory. */
export type StoreRecord =
  | HelloRecord
  | LineRecord
  | TableRecord
  | SettingRecord
  | EditRecord
  | DefineRecord
  | RefusedRecord
  | LostRecord
  | SilenceRecord
  | FindingRecord
  | RequestRecord
  | CheckpointRecord;

/** Sequence numbers of one writer, both ends included. */
export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

/** A `run` line that said something new. `at`: server's time, in seconds since 1970. */
export interface HelloRecord {
  readonly kind: 'hello';
  readonly at: number;
  readonly line: RunLine;
}

/** A line that is not a `log` line. */
export interface LineRecord {
  readonly kind: 'line';
  readonly at: number;
  readonly run: string;
  readonly writer: string;
  readonly seqs: SeqRange;
  readonly line: DefineLine | UpdateLine | AlertLine | NoteLine | StoppingLine | EndLine;
}

/** A detector set for a run: by its trainer's `setting` line, by the configuration file, or by a person. */
export interface SettingRecord {
  readonly kind: 'setting';
  readonly at: number;
  readonly run: string;
  readonly setting: Setting;
  /** The line it came in; null when it came in none. */
  readonly line: { readonly writer: string; readonly seqs: SeqRange } | null;
}

/** What a person changed of a run. */
export interface EditRecord {
  readonly kind: 'edit';
  readonly at: number;
  readonly run: string;
  readonly edit: RunEdit;
}

/** What a person declared a series to be. */
export interface DefineRecord {
  readonly kind: 'define';
  readonly at: number;
  readonly run: string;
  readonly define: DefineLine;
}

/** Consecutive `log` lines. */
export interface TableRecord {
  readonly kind: 'table';
  readonly at: number;
  readonly seqs: SeqRange;
  readonly table: Table;
}

/** Lines that were refused with an error: heard, so not missing, but not kept. */
export interface RefusedRecord {
  readonly kind: 'refused';
  readonly run: string;
  readonly writer: string;
  readonly seqs: SeqRange;
}

/** A writer that went silent without an `end`. */
export interface LostRecord {
  readonly kind: 'lost';
  readonly at: number;
  readonly run: string;
  readonly writer: string;
  readonly rank: number;
}

/** A run that was silent for longer than its rhythm, while its trainer was there. */
export interface SilenceRecord {
  readonly kind: 'silence';
  readonly at: number;
  readonly run: string;
  readonly seconds: number;
}

export interface FindingRecord {
  readonly kind: 'finding';
  readonly finding: Finding;
}

/** A stop asked of a run. */
export interface RequestRecord {
  readonly kind: 'request';
  readonly run: string;
  readonly request: StopRequest;
}

/** What the pipeline had made of a run after its first `inputs` inputs, and the state to go on from. */
export interface CheckpointRecord {
  readonly kind: 'checkpoint';
  readonly run: string;
  readonly inputs: number;
  readonly analysis: Analysis;
}

/** The run a record belongs to. */
export function runOf(record: StoreRecord): string {
  switch (record.kind) {
    case 'hello':
      return record.line.run;
    case 'table':
      return record.table.run;
    case 'finding':
      return record.finding.run;
    default:
      return record.run;
  }
}

const JSON_RECORD = 1;
const TABLE_RECORD = 2;
const CHECKPOINT_RECORD = 3;

/** Where a table's columns begin: behind the kind (1 byte, 3 unused) and the meta's length (uint32). */
const META_AT = 8;

interface TableMeta {
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
  if (record.kind === 'checkpoint') return withKind(CHECKPOINT_RECORD, serialize(record));
  return withKind(JSON_RECORD, Buffer.from(JSON.stringify(record)));
}

/** Reads a record; `bytes` must start at a multiple of 8 in its buffer, for the columns become views of it. */
export function decodeRecord(bytes: Uint8Array): StoreRecord {
  switch (bytes[0]) {
    case JSON_RECORD:
      return JSON.parse(
        Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1).toString(),
      ) as StoreRecord;
    case TABLE_RECORD:
      return decodeTable(bytes);
    case CHECKPOINT_RECORD:
      return deserialize(bytes.subarray(1)) as CheckpointRecord;
    default:
      throw new Error(`journal record: kind must be 1 to 3, got ${bytes[0]}`);
  }
}

function withKind(kind: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = kind;
  bytes.set(body, 1);
  return bytes;
}

function encodeTable({ at, seqs, table }: TableRecord): Uint8Array {
  const { run, writer, rank, attempt, steps, times, columns } = table;
  const meta: TableMeta = {
    at,
    seqs,
    run,
    writer,
    rank,
    attempt,
    rows: steps.length,
    columns: columns.map(({ series, rows, values }) => [series, values.length, rows === null]),
  };
  const head = Buffer.from(JSON.stringify(meta));
  const start = align(META_AT + head.length);
  let size = start + steps.length * 16;
  for (const { rows, values } of columns)
    size += values.length * 8 + (rows === null ? 0 : align(rows.length * 4));

  const bytes = new Uint8Array(size);
  bytes[0] = TABLE_RECORD;
  new DataView(bytes.buffer).setUint32(4, head.length, true);
  bytes.set(head, META_AT);
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
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = view.getUint32(4, true);
  const head = Buffer.from(bytes.buffer, bytes.byteOffset + META_AT, length).toString();
  const meta = JSON.parse(head) as TableMeta;
  let offset = bytes.byteOffset + align(META_AT + length);
  const floats = (count: number) => {
    const part = new Float64Array(bytes.buffer, offset, count);
    offset += count * 8;
    return part;
  };
  const indexes = (count: number) => {
    const part = new Uint32Array(bytes.buffer, offset, count);
    offset = align(offset + count * 4);
    return part;
  };
  const steps = floats(meta.rows);
  const times = floats(meta.rows);
  const columns = meta.columns.map(([series, count, whole]): Column => {
    const rows = whole ? null : indexes(count);
    return { series, rows, values: floats(count) };
  });
  const { at, seqs, run, writer, rank, attempt } = meta;
  return { kind: 'table', at, seqs, table: { run, writer, rank, attempt, steps, times, columns } };
}

/** Rounds up to a multiple of 8, where float64 columns may begin. */
function align(offset: number): number {
  return (offset + 7) & ~7;
}
