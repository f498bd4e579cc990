import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreRecord } from '../../../server/store/record.ts';
import { openStore } from '../../../server/store/store.ts';

/**
 * Logs run after run, each for itself, as a sweep does, and seals all: a server would have saved its detectors' states.
 * @param rows steps of each run
 */
export async function fill(folder: string, runs: number, series: number, rows: number): Promise<void> {
  const store = await openStore(folder, { warn: (message) => console.error(message) });
  for (let r = 0; r < runs; r++) {
    const run = `run-${r}`;
    const of = { run, writer: 'w' };
    const records: StoreRecord[] = [{ kind: 'hello', at: r, line: { kind: 'run', protocol: 1, config: { lr: 1 / (r + 1) }, ...of } }]; // prettier-ignore
    const steps = Float64Array.from({ length: rows }, (_, i) => i);
    const times = Float64Array.from(
      steps,
      (step) => 1_790_000_000 + 0.13 * step + 0.002 * Math.sin(step * step + r),
    );
    const columns = Array.from({ length: series }, (_, s) => ({
      series: s === 0 ? 'train/loss' : `metric-${s}/value`,
      rows: null,
      values: Float64Array.from(steps, (step) =>
        Math.fround(2 / (1 + step / 100) + 0.1 * Math.sin(step * step + s)),
      ),
    }));
    records.push({ kind: 'table', at: r, seqs: { from: 1, to: rows }, table: { ...of, rank: 0, attempt: 0, steps, times, columns } }); // prettier-ignore
    records.push({ kind: 'line', at: r, ...of, seqs: { from: rows + 1, to: rows + 1 }, line: { kind: 'end', status: 'finished' } }); // prettier-ignore
    await store.append(records);
    // Memory of the bench's own stays small: no more than a segment waits to be sealed.
    const segments = readdirSync(join(folder, 'journal')).length;
    if (segments > 2) await store.sealed();
  }
  await store.sealAll();
  await store.close();
}
