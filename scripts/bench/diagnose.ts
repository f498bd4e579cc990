import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readRecordings } from '../../server/diagnose/command.ts';
import { diagnose } from '../../server/diagnose/diagnose.ts';
import { report } from '../../server/diagnose/print.ts';
import { seeded } from '../demo/random.ts';

/**
 * Points a second from a file to a printed diagnosis with every detector, and how that is split between reading and
 * judging: the same run of ten series, step by step with a validation every 100, as CSV and as Tidemark lines. The best
 * of three goes, by the clock and by the processor time of the process.
 */
const HELP = `From a file to its diagnosis: points a second, all detectors.

Usage: node dist/scripts/bench/diagnose.js [options]

  --rows N   steps of ten series              (default 60000)
`;

const { values: options } = parseArgs({
  options: { rows: { type: 'string', default: '60000' }, help: { type: 'boolean', default: false } },
});
if (options.help) {
  process.stdout.write(HELP);
  process.exit();
}
const rows = Number(options.rows);
const SERIES = ['loss', 'acc', 'lr', 'grad_norm', 'epoch', 'step_time', 'kl', 'entropy', 'tokens', 'memory'];
const VALIDATE = 100;

const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
try {
  const { csv, lines, points } = written();
  for (const [name, text] of [
    ['run.csv', csv],
    ['run.jsonl', lines],
  ] as const) {
    const file = join(folder, name);
    writeFileSync(file, text);
    const goes = [await go(file), await go(file), await go(file)];
    for (const clock of ['wall', 'processor'] as const) {
      const best = goes.reduce((a, b) => (sum(a[clock]) <= sum(b[clock]) ? a : b))[clock];
      const rate = (ms: number): string => (points / ms / 1000).toFixed(2).padStart(6);
      console.log(
        `${name.padEnd(10)} ${clock.padEnd(9)} ${rate(sum(best))} M points/s; reading alone ${rate(best.read)}, judging alone ${rate(best.judge)}`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Milliseconds. */
interface Split {
  readonly read: number;
  readonly judge: number;
}

function sum({ read, judge }: Split): number {
  return read + judge;
}

async function go(file: string): Promise<{ wall: Split; processor: Split }> {
  const marks = [mark()];
  const recordings = await readRecordings(file);
  marks.push(mark());
  for (const recording of recordings) report(diagnose(recording));
  marks.push(mark());
  const between = (clock: 'wall' | 'processor'): Split => ({
    read: marks[1][clock] - marks[0][clock],
    judge: marks[2][clock] - marks[1][clock],
  });
  return { wall: between('wall'), processor: between('processor') };
}

function mark(): { wall: number; processor: number } {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now(), processor: (user + system) / 1000 };
}

function written(): { csv: string; lines: string; points: number } {
  const random = seeded(1);
  const csv = [['step', ...SERIES, 'val_loss'].join(',')];
  const lines: string[] = [];
  let points = 0;
  for (let step = 0; step < rows; step++) {
    const values = SERIES.map((series, k) => [
      series,
      Number((0.1 + k + 2 * (step + 1) ** -0.3 + 0.05 * random.uniform()).toPrecision(6)),
    ]);
    const validated = step % VALIDATE === VALIDATE - 1;
    if (validated) values.push(['val_loss', Number((0.2 + 2 * (step + 1) ** -0.3).toPrecision(6))]);
    points += values.length;
    csv.push([step, ...values.map(([, value]) => value), ...(validated ? [] : [''])].join(','));
    lines.push(JSON.stringify({ kind: 'log', step, values: Object.fromEntries(values) as unknown }));
  }
  return { csv: csv.join('\n'), lines: lines.join('\n'), points };
}
