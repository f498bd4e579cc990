import { parseArgs } from 'node:util';
import { Subject } from 'rxjs';
import { factories } from '../../server/detectors/index.ts';
import { analyse } from '../../server/pipeline/pipeline.ts';
import type { PipelineInput } from '../../server/pipeline/input.ts';
import type { Table } from '../../server/table.ts';
import { seeded } from '../demo/random.ts';

/**
 * Points a second through `analyse` with every detector: runs of ten series that log every step and validate every
 * 100, in tables of 1 to 1000 rows, of one run and of many side by side. The best of three goes, by the clock and by
 * the processor time of the process, which does not count what else the machine does. Then each detector by itself.
 */
const HELP = `Detectors: points a second through all of them, and what each takes.

Usage: node dist/scripts/bench/detect.js
`;

if (parseArgs({ options: { help: { type: 'boolean', default: false } } }).values.help) {
  process.stdout.write(HELP);
  process.exit();
}

const SERIES = ['loss', 'acc', 'lr', 'grad_norm', 'epoch', 'step_time', 'kl', 'entropy', 'tokens', 'memory'];
const VALIDATE = 100;

/** Rows a go, and the tables made at once: more would measure the memory they take. */
const ROWS = 60_000;
const CHUNK = 2000;

function tableAt(run: string, start: number, count: number): Table {
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
    run,
    writer: 'bench',
    rank: 0,
    attempt: 0,
    steps,
    times: steps,
    columns: [...columns, ...validated],
  };
}

interface Spent {
  readonly wall: number;
  readonly processor: number;
}

/** One go: milliseconds spent in the pipeline. */
function go(rows: number, size: number, runs: number): Spent {
  const inputs = new Subject<PipelineInput>();
  inputs.pipe(analyse()).subscribe();
  const perRun = rows / runs;
  const perChunk = Math.max(runs, CHUNK / size);
  let [wall, processor] = [0, 0];
  for (let start = 0; start < perRun;) {
    const chunk: Table[] = [];
    for (; chunk.length < perChunk && start < perRun; start += size) {
      for (let run = 0; run < runs; run++) chunk.push(tableAt(`run-${run}`, start, size));
    }
    const begun = performance.now();
    const used = process.cpuUsage();
    for (const table of chunk) inputs.next({ kind: 'table', run: table.run, table });
    wall += performance.now() - begun;
    const { user, system } = process.cpuUsage(used);
    processor += (user + system) / 1000;
  }
  return { wall, processor };
}

function measure(size: number, runs: number): void {
  const rows = ROWS * Math.min(5, Math.ceil(size / 10));
  const goes = [1, 2, 3].map(() => go(rows, size, runs));
  const points = rows * SERIES.length;
  const rate = (of: keyof Spent): string =>
    String(Math.round(points / Math.min(...goes.map((spent) => spent[of])))).padStart(6);
  console.log(
    `${String(size).padStart(5)} rows a table, ${String(runs).padStart(3)} runs  ${rate('wall')} k points/s  ${rate('processor')} k points per second of processor time`,
  );
}

go(ROWS / 2, 1, 1);
for (const size of [1, 10, 100, 1000]) measure(size, 1);
for (const size of [1, 10]) measure(size, 64);

/** The same series, level and noisy, in tables of 100 rows: what the detectors look at most closely. */
function level(start: number): Table {
  const table = tableAt('run-0', start, 100);
  const random = seeded(start);
  const columns = table.columns.map((column) => ({
    ...column,
    values: column.values.map(() => 1 + 0.05 * random.normal()),
  }));
  return { ...table, columns };
}

/** Nanoseconds of processor time a point of the run, the best of three goes. */
function cost(names: readonly string[], tables: readonly Table[], points: number): number {
  const chosen = names.map((name) => factories.get(name)!());
  const goes = [1, 2, 3].map(() => {
    const inputs = new Subject<PipelineInput>();
    inputs.pipe(analyse(new Map(), chosen)).subscribe();
    const used = process.cpuUsage();
    for (const table of tables) inputs.next({ kind: 'table', run: table.run, table });
    const { user, system } = process.cpuUsage(used);
    return ((user + system) * 1000) / points;
  });
  return Math.min(...goes);
}

const EARLY = 10;
const tables = Array.from({ length: 500 }, (_, i) => level(i * 100));
const perTable = 100 * SERIES.length;
/** A run's beginning is short: many of them, one after the other. */
const beginnings = Array.from({ length: 50 }, (_, run) =>
  tables.slice(0, EARLY).map((table) => ({ ...table, run: `run-${run}` })),
).flat();
const whole = (names: readonly string[]): [number, number] => [
  cost(names, beginnings, beginnings.length * perTable),
  cost(names, tables, tables.length * perTable),
];
// What is compiled on the way is not told.
whole([...factories.keys()]);
const none = whole([]);
const tell = (name: string, ...costs: number[]): void =>
  console.log(`${name.padEnd(20)} ${costs.map((ns) => ns.toFixed(1).padStart(8)).join(' ')}`);
console.log(`\nns a point, level noisy series      first ${EARLY * 100} steps, ${tables.length * 100} steps`);
tell('no detector', ...none);
for (const name of factories.keys()) {
  const [early, all] = whole([name]);
  tell(name, early - none[0], all - none[1]);
}
tell('all', ...whole([...factories.keys()]));
