import { Subject } from 'rxjs';
import { joinTables } from './join.ts';
import { analyse } from './pipeline/pipeline.ts';
import type { PipelineInput } from './pipeline/input.ts';
import { encodeRecord } from './store/record-bytes.ts';
import type { TableRecord } from './store/record.ts';
import { Run } from './store/run.ts';
import { inTurns } from './store/turns.ts';
import type { Column, Table } from './table.ts';

const SERIES = ['train/loss', 'train/accuracy', 'lr', 'grad_norm', 'step_time', 'gpu/memory'];
const VALIDATION = ['val/loss', 'val/accuracy'];

/** Steps of a table, and tables: as many as it takes until the compiler has nothing left to do. */
const ROWS = 25;
const TABLES = 120;

/**
 * Has a run that is made up go through journal, memory and detectors, a few milliseconds a turn, and forgets it. Code
 * that has not run yet is many times slower: without this the first trainers after a start would pay for it.
 */
export async function warmUp(): Promise<void> {
  const inputs = new Subject<PipelineInput>();
  inputs.pipe(analyse()).subscribe();
  const run = new Run({ kind: 'hello', at: 0, line: HELLO });
  run.apply({ kind: 'hello', at: 0, line: HELLO });
  const pairs = Array.from({ length: TABLES / 2 }, (_, i) => i);
  await inTurns(pairs, (i) => {
    for (const record of joinTables([recordOf(2 * i), recordOf(2 * i + 1)])) {
      if (record.kind !== 'table') continue;
      encodeRecord(record);
      run.apply(record);
      inputs.next({ kind: 'table', run: RUN, table: record.table });
    }
  });
  inputs.complete();
}

const RUN = 'warm-up';
const HELLO = { kind: 'run', protocol: 1, run: RUN, writer: RUN } as const;

function recordOf(i: number): TableRecord {
  const seqs = { from: i * ROWS + 1, to: (i + 1) * ROWS };
  return { kind: 'table', at: 0, seqs, table: tableAt(i * ROWS) };
}

function tableAt(first: number): Table {
  const steps = Float64Array.from({ length: ROWS }, (_, i) => first + i);
  const column = (series: string, k: number, rows: Uint32Array | null): Column => {
    const of = rows ? Float64Array.from(rows, (row) => steps[row]) : steps;
    return {
      series,
      rows,
      values: of.map((step) => (k + 1) * (1 + 0.05 * Math.sin(step * 12.9898 * (k + 1)))),
    };
  };
  const last = Uint32Array.of(ROWS - 1);
  return {
    run: RUN,
    writer: RUN,
    rank: 0,
    attempt: 0,
    steps,
    times: steps,
    columns: [
      ...SERIES.map((series, k) => column(series, k, null)),
      ...VALIDATION.map((series, k) => column(series, k, last)),
    ],
  };
}
