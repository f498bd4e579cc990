/** Where the nanoseconds of a point go on its way through the server: CPU of each stage by itself, in one process. */
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';
import { Subject } from 'rxjs';
import { Session } from '../../server/gate/session.ts';
import type { GateState } from '../../server/gate/state.ts';
import { joinTables } from '../../server/join.ts';
import { analyse } from '../../server/pipeline/pipeline.ts';
import type { PipelineInput } from '../../server/pipeline/input.ts';
import { encodeRecord } from '../../server/store/record-bytes.ts';
import type { StoreRecord, TableRecord } from '../../server/store/record.ts';
import { Run } from '../../server/store/run.ts';
import { pointCount } from '../../server/table.ts';
import { LIMITS } from '../../shared/limits.ts';
import { encodeLogFrame } from '../../shared/log-frame.ts';
import { seeded } from '../demo/random.ts';

const HELP = `Stages of ingest: nanoseconds of processor time a point, each by itself.

Usage: node dist/scripts/bench/ingest-stages.js
`;

if (parseArgs({ options: { help: { type: 'boolean', default: false } } }).values.help) {
  process.stdout.write(HELP);
  process.exit();
}

const SERIES = ['train/loss', 'train/accuracy', 'lr', 'grad_norm', 'step_time', 'tokens_per_s', 'gpu/memory', 'weights/norm', 'data_time', 'loss_scale']; // prettier-ignore
const ROWS = 100;
const FRAMES = 2_000;
/** Frames that go together into one write, as at 16 trainers under load. */
const GROUP = 4;
const HELLO = '{"kind":"run","protocol":1,"run":"r","writer":"w"}';

const random = seeded(1);
const pool = Array.from({ length: ROWS * 20 }, () =>
  SERIES.map((_, i) => (i + 1) * (1 + 0.05 * random.normal())),
);
const value = (step: number, series: number) => pool[step % pool.length][series];
const rowsOf = (frame: number) => Array.from({ length: ROWS }, (_, i) => frame * ROWS + i);

/** CPU of `work` in ns a point. */
function measure<Result>(name: string, points: number, work: () => Result): Result {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  console.log(`  ${name.padEnd(34)} ${(((user + system) * 1000) / points).toFixed(0).padStart(6)} ns/point`);
  return result;
}

function newSession(): Session {
  const state: GateState = {
    limits: LIMITS,
    runs: new Map(),
    intakes: new Map(),
    now: () => 1,
    settings: () => [],
  };
  const session = new Session(state);
  session.take(`${HELLO}\n${JSON.stringify({ kind: 'series', first: 0, names: SERIES })}`);
  return session;
}

/** Takes frames a third of them twice, the second time measured: what is compiled on the way is not told. */
function taken(name: string, frames: readonly (Buffer | Uint8Array)[], binary: boolean): StoreRecord[][] {
  const take = (some: readonly (Buffer | Uint8Array)[]) => {
    const session = newSession();
    return some.map((frame) => [
      ...(binary ? session.takeBinary(frame) : session.take(frame.toString())).records,
    ]);
  };
  take(frames.slice(0, frames.length / 3));
  return measure(name, frames.length * ROWS * SERIES.length, () => take(frames));
}

const binary = Array.from({ length: FRAMES }, (_, frame) => {
  const rows = rowsOf(frame);
  return encodeLogFrame({
    seq: rows[0] + 1,
    numbered: true,
    steps: new Float64Array(rows),
    times: new Float64Array(rows.map((row) => 1_790_000_000 + row / 1000)),
    columns: SERIES.map((_, id) => ({
      id,
      rows: null,
      values: new Float64Array(rows.map((row) => value(row, id))),
    })),
  });
});
const columns = Array.from({ length: FRAMES / 4 }, (_, frame) => {
  const rows = rowsOf(frame);
  const values = Object.fromEntries(SERIES.map((name, id) => [name, rows.map((row) => value(row, id))]));
  const times = rows.map((row) => 1_790_000_000 + row / 1000);
  return Buffer.from(JSON.stringify({ kind: 'log', seq: frame + 1, steps: rows, times, values }));
});
const steps = Array.from({ length: FRAMES / 4 }, (_, frame) => {
  const line = (step: number) =>
    JSON.stringify({
      kind: 'log',
      seq: step + 1,
      time: 1_790_000_000 + step / 1000,
      step,
      values: Object.fromEntries(SERIES.map((name, id) => [name, value(step, id)])),
    });
  return Buffer.from(rowsOf(frame).map(line).join('\n'));
});

console.log(`${SERIES.length} series, ${ROWS} steps a frame; CPU by stage`);
const records = taken('take binary columns', binary, true);
taken('take JSON columns', columns, false);
taken('take JSON lines of ten values', steps, false);

const groups = Array.from({ length: Math.floor(records.length / GROUP) }, (_, i) =>
  records.slice(i * GROUP, (i + 1) * GROUP).flat(),
);
const points = groups.flat().reduce((sum, record) => sum + pointCount((record as TableRecord).table), 0);
groups.slice(0, 100).map(joinTables);
const joined = measure(`join ${GROUP} tables`, points, () => groups.map(joinTables)).flat() as TableRecord[];
joined.slice(0, 100).forEach(encodeRecord);
const encoded = measure('encode for the journal', points, () => joined.map(encodeRecord));
measure('checksum', points, () => encoded.forEach((bytes) => crc32(bytes)));
measure('into the store’s memory', points, () => {
  const run = new Run({ kind: 'hello', at: 1, line: { kind: 'run', protocol: 1, run: 'r', writer: 'w' } });
  run.apply({ kind: 'hello', at: 1, line: { kind: 'run', protocol: 1, run: 'r', writer: 'w' } });
  for (const record of joined) run.apply(record);
});
const inputs = new Subject<PipelineInput>();
inputs.pipe(analyse()).subscribe();
const see = (record: TableRecord) => inputs.next({ kind: 'table', run: 'r', table: record.table });
const half = joined.length >> 1;
measure('all detectors, a run’s beginning', points / 2, () => joined.slice(0, half).forEach(see));
measure('all detectors, later', points / 2, () => joined.slice(half).forEach(see));
