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
import { pointCount, type Table } from '../table.ts';

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
  /** Known where the table comes from the journal, whose points are decoded only when they are asked for. */
  readonly outline?: TableOutline;
}

/** What a table comes to, without its points. */
export interface TableOutline {
  /** Points of all columns. */
  readonly points: number;
  /** Whether there is anything of the training among them, and not of the machine alone. */
  readonly training: boolean;
  /** The step of its last row. */
  readonly lastStep: number;
  /** The last value of the series `epoch`; null: it has none. */
  readonly epoch: number | null;
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

/** What the table of a record comes to. */
export function outlineOf({ outline, table }: TableRecord): TableOutline {
  return outline ?? outlineOfTable(table);
}

/** Points of a record; 0 where it is no table. */
export function pointsIn(record: StoreRecord): number {
  return record.kind === 'table' ? outlineOf(record).points : 0;
}

function outlineOfTable(table: Table): TableOutline {
  return {
    points: pointCount(table),
    training: table.columns.some(({ series }) => !isSystem(series)),
    lastStep: table.steps[table.steps.length - 1],
    epoch: table.columns.find(({ series }) => series === 'epoch')?.values.at(-1) ?? null,
  };
}

/** Whether a series is of the machine and not of the training. */
export function isSystem(series: string): boolean {
  return series.startsWith('system/');
}
