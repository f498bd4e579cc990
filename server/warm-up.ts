import { Subject } from 'rxjs';
import { analyse } from './pipeline/pipeline.ts';
import type { PipelineInput } from './pipeline/input.ts';
import { inTurns } from './store/turns.ts';
import type { Column, Table } from './table.ts';

const SERIES = ['train/loss', 'train/accuracy', 'lr', 'grad_norm', 'step_time', 'gpu/memory'];
const VALIDATION = ['val/loss', 'val/accuracy'];

/** Steps of a table, and tables: as many as it takes until the compiler has nothing left to do. */
const ROWS = 25;
const TABLES = 120;

/**
 * Shows the detectors a run that is made up, a few milliseconds a turn, and forgets it. Code that has not run yet is
 * many times slower: without this the first trainers after a start would pay for it.
 */
export async function warmUp(): Promise<void> {
  const inputs = new Subject<PipelineInput>();
  inputs.pipe(analyse()).subscribe();
  const tables = Array.from({ length: TABLES }, (_, i) => i);
  await inTurns(tables, (i) => inputs.next({ kind: 'table', run: 'warm-up', table: tableAt(i * ROWS) }));
  inputs.complete();
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
    run: 'warm-up',
    writer: 'warm-up',
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
