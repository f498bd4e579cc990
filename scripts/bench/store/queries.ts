/** What reading costs: a run of many points in the store, opened cold, zoomed into and scanned, and a restart. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { figure } from '../figures.ts';
import { openStore, type Store } from '../../../server/store/store.ts';
import { encodeRecord } from '../../../server/store/record-bytes.ts';
import type { Table } from '../../../server/table.ts';

const HELP = `Milliseconds to read a stored series, medians; bytes a point; write amplification.

Usage: node dist/scripts/bench/store/queries.js [--points N] [--rounds N]

  --points N   points of the series                           (default 10000000)
  --rounds N   rounds of each measurement                     (default 5)
`;
const ROWS = 1000;
const START = 1_790_000_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      points: { type: 'string', default: '10000000' },
      rounds: { type: 'string', default: '5' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const [points, rounds] = [Number(values.points), Number(values.rounds)];
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  try {
    const before = written();
    const journalBytes = await fill(folder, 'big', points);
    const after = written();
    const sealed = sizeOf(join(folder, 'runs'));
    const catalogue = statSync(join(folder, 'catalogue.mdb')).size;
    const stored = await openStore(folder);
    const attempt = stored.runs.get('big')!.series.get('train/loss')!.attempts.get(0)!;
    console.log(`points ${points}, sealed ${attempt.sealed}`);
    console.log(
      `bytes a sealed point: ${(sealed / attempt.sealed).toFixed(2)} in chunks, ${(catalogue / attempt.sealed).toFixed(2)} of catalogue`,
    );
    console.log(
      `written ÷ accepted: ${((journalBytes + sealed + catalogue) / journalBytes).toFixed(2)} (journal, chunks, catalogue ÷ journal)`,
    );
    if (before && after) {
      figure('written', (after.calls - before.calls) / points / 24);
      console.log(
        `written, as the system counts it, ÷ 24 bytes a point: ${((after.calls - before.calls) / points / 24).toFixed(2)} by calls, ` +
          `${((after.disk - before.disk) / points / 24).toFixed(2)} to the disk`,
      );
    }
    await stored.close();
    await fill(folder, 'tail', 2_600_000);
    await report('restart: folder opened, 62 MB journal replayed', 'replay', rounds, async () => {
      const started = performance.now();
      const store = await openStore(folder);
      const took = performance.now() - started;
      await store.close();
      return took;
    });
    await report('whole run → 2000 columns, cold', 'open', rounds, async () => {
      const store = await openStore(folder);
      const took = await time(() => window(store, -Infinity, Infinity));
      await store.close();
      return took;
    });
    await report('every point read, cold', 'scan', rounds, async () => {
      const store = await openStore(folder);
      const run = store.runs.get('big')!;
      const took = await time(async () => {
        let read = 0;
        for await (const { steps } of store.points.scan(run, run.series.get('train/loss')!, 0))
          read += steps.length;
        if (read !== points) throw new Error(`points: must be ${points}, got ${read}`);
      });
      await store.close();
      return took;
    });
    const store = await openStore(folder);
    // What a server does all day is compiled.
    for (let i = 0; i < 40; i++) await window(store, -Infinity, Infinity);
    await report('whole run → 2000 columns, open', 'columns', rounds * 4, () =>
      time(() => window(store, -Infinity, Infinity)),
    );
    let at = 0;
    await report('zoom to 20 chunks, never read before', 'zoom', rounds * 4, () => {
      at = (at + 0.381966) % 1;
      const from = Math.floor(at * (points - 20_480));
      return time(() => window(store, from, from + 20_479));
    });
    await report('zoom to a tenth', 'tenth', rounds * 4, () => {
      at = (at + 0.381966) % 1;
      const from = Math.floor(at * points * 0.9);
      return time(() => window(store, from, from + points / 10));
    });
    await report('whole run by time → 2000 columns, open', 'columns-by-time', rounds * 4, () =>
      time(() => window(store, -Infinity, Infinity, 'time')),
    );
    await report('zoom by time to 20 chunks', 'zoom-by-time', rounds * 4, () => {
      at = (at + 0.381966) % 1;
      const from = Math.floor(at * (points - 20_480));
      return time(() => window(store, START + 0.13 * from, START + 0.13 * (from + 20_479), 'time'));
    });
    await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Logs a run of one series; returns the bytes of journal. */
async function fill(folder: string, run: string, points: number): Promise<number> {
  const store = await openStore(folder);
  let bytes = 0;
  await store.append([{ kind: 'hello', at: 1, line: { kind: 'run', protocol: 1, run, writer: 'w' } }]);
  for (let from = 0; from < points;) {
    const group = [];
    for (let k = 0; k < 50 && from < points; k++, from += ROWS) {
      const table = tableFrom(run, from, Math.min(ROWS, points - from));
      const seqs = { from: from + 1, to: from + table.steps.length };
      group.push({ kind: 'table', at: 1_790_000_000, seqs, table } as const);
      bytes += encodeRecord(group[group.length - 1]).length + 8;
    }
    await store.append(group);
  }
  if (run === 'big') await store.sealAll();
  await store.close();
  return bytes;
}

function tableFrom(run: string, from: number, rows: number): Table {
  const at = (i: number) => from + i;
  return {
    ...{ run, writer: 'w', rank: 0, attempt: 0 },
    steps: Float64Array.from({ length: rows }, (_, i) => at(i)),
    times: Float64Array.from({ length: rows }, (_, i) => START + 0.13 * at(i) + 0.002 * Math.sin(at(i) ** 2)),
    columns: [
      {
        series: 'train/loss',
        rows: null,
        values: Float64Array.from({ length: rows }, (_, i) =>
          Math.fround(2 / (1 + at(i) / 1e5) + 0.1 * Math.sin(at(i) ** 2)),
        ),
      },
    ],
  };
}

function window(store: Store, from: number, to: number, axis: 'step' | 'time' = 'step') {
  const run = store.runs.get('big')!;
  return store.points.window(run, run.series.get('train/loss')!, 0, { axis, from, to, width: 2000 });
}

async function time(task: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await task();
  return performance.now() - started;
}

async function report(
  what: string,
  name: string,
  rounds: number,
  once: () => Promise<number>,
): Promise<void> {
  const took: number[] = [];
  for (let i = 0; i < rounds; i++) took.push(await once());
  took.sort((a, b) => a - b);
  figure(name, took[took.length >> 1]);
  console.log(
    `${what.padEnd(42)} median ${took[took.length >> 1].toFixed(2)} ms, best ${took[0].toFixed(2)}`,
  );
}

/** Bytes that this process has written: with calls, and of files to the disk; null where the system does not say. */
function written(): { calls: number; disk: number } | null {
  try {
    const io = readFileSync('/proc/self/io', 'utf8');
    const field = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(io)?.[1]);
    return { calls: field('wchar'), disk: field('write_bytes') };
  } catch {
    return null;
  }
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

await main();
