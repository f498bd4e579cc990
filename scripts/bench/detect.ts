import { from, lastValueFrom } from 'rxjs';
import { analyse } from '../../server/pipeline/pipeline.ts';
import type { PipelineInput } from '../../server/pipeline/input.ts';
import type { Table } from '../../server/table.ts';

/**
 * Points a second through `analyse` with every detector: a run of ten series that logs every step and validates every
 * 100, in tables of 1, 10, 100 and 1000 rows. Usage: node dist/scripts/bench/detect.js
 */
const SERIES = ['loss', 'acc', 'lr', 'grad_norm', 'epoch', 'step_time', 'kl', 'entropy', 'tokens', 'memory'];
const VALIDATE = 100;

function tables(rows: number, size: number): PipelineInput[] {
  const inputs: PipelineInput[] = [];
  for (let start = 0; start < rows; start += size) {
    inputs.push({ kind: 'table', run: 'run', table: tableAt(start, Math.min(size, rows - start)) });
  }
  return inputs;
}

function tableAt(start: number, count: number): Table {
  const steps = Float64Array.from({ length: count }, (_, i) => start + i);
  const columns = SERIES.map((series, k) => ({
    series,
    rows: null,
    values: steps.map((step) => 0.1 + k + 2 * (step + 1) ** -0.3 + 0.05 * Math.sin(step * 12.9898 * (k + 1))),
  }));
  const at = Uint32Array.from([...steps.keys()].filter((i) => steps[i] % VALIDATE === VALIDATE - 1));
  const validation = Float64Array.from(at, (i) => 0.2 + 2 * (steps[i] + 1) ** -0.3);
  const validated = at.length > 0 ? [{ series: 'val_loss', rows: at, values: validation }] : [];
  return {
    run: 'run',
    writer: 'bench',
    rank: 0,
    attempt: 0,
    steps,
    times: steps,
    columns: [...columns, ...validated],
  };
}

async function measure(rows: number, size: number): Promise<void> {
  const inputs = tables(rows, size);
  const begun = performance.now();
  await lastValueFrom(from(inputs).pipe(analyse()));
  const seconds = (performance.now() - begun) / 1000;
  const points = rows * SERIES.length;
  const rate = Math.round(points / seconds / 1000);
  console.log(
    `${String(size).padStart(5)} rows a table  ${String(rate).padStart(6)} k points/s  ${((1e9 * seconds) / points).toFixed(0).padStart(6)} ns/point`,
  );
}

await measure(20_000, 100);
for (const [rows, size] of [
  [20_000, 1],
  [100_000, 10],
  [300_000, 100],
  [300_000, 1000],
] as const) {
  await measure(rows, size);
}
