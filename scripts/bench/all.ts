/** Every figure that has a goal, each measured several times, in one table: `npm run bench`. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { argsOf, type Bench, BENCHES, type Effort } from './all/benches.ts';
import { format, rowsOf } from './all/table.ts';
import { askForFigures, readFigures } from './figures.ts';

const HELP = `Runs the benches one after the other, several times each, and prints medians beside the goals.

Usage: npm run bench -- [options]

  --runs N      runs of each                        (default 3)
  --only NAMES  some of them, joined by commas      (default all: ${BENCHES.map(({ name }) => name).join(', ')})
  --quick       short, to see that they run: the figures say little
  --full        as the goals have it: a minute of each kind of ingest, 100 M points stored
  --curves F    training curves for the bytes of a point: see store/codec.js --help
  --markdown    the table as Markdown
  --verbose     also what each bench prints

Exits with 1 where a bench fails or a point is lost; a goal that is missed is only told.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '3' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      curves: { type: 'string' },
      markdown: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const times = Number(values.runs);
  if (!Number.isInteger(times) || times < 1) throw new Error(`--runs: must be 1 or more, got ${values.runs}`);
  const wanted = values.only?.split(',');
  const unknown = wanted?.find((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown !== undefined)
    throw new Error(`--only: must be some of ${BENCHES.map(({ name }) => name).join(', ')}; got ${unknown}`);
  const effort: Effort = values.full ? 'full' : values.quick ? 'quick' : 'usual';

  const runs = new Map<string, ReadonlyMap<string, number>[]>();
  const loads = [loadavg()[0]];
  for (const bench of BENCHES.filter(({ name }) => wanted?.includes(name) ?? true)) {
    if (bench.browser && !existsSync(CHROMIUM)) {
      console.error(`${bench.name}: skipped, there is no Chromium at ${CHROMIUM} (TIDEMARK_CHROMIUM)`);
      continue;
    }
    const told: ReadonlyMap<string, number>[] = [];
    runs.set(bench.name, told);
    const args = [...argsOf(bench, effort), ...(bench.name === 'codec' && values.curves ? ['--curves', values.curves] : [])]; // prettier-ignore
    for (let run = 1; run <= times; run++) {
      console.error(`${bench.name}, ${run} of ${times}: ${bench.program} ${args.join(' ')}`);
      const { figures, rest, failed } = await once(bench, args);
      if (values.verbose || failed) console.error(rest);
      if (failed) process.exitCode = 1;
      told.push(figures);
      loads.push(loadavg()[0]);
    }
  }
  const [least, most] = [Math.min(...loads), Math.max(...loads)].map((load) => load.toFixed(1));
  console.log(`${process.platform} ${process.arch}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}`); // prettier-ignore
  console.log(
    `medians of ${times} runs, load ${least} to ${most}${effort === 'quick' ? '; quick: less of everything than the rows say' : ''}\n`,
  );
  console.log(format(rowsOf(runs), values.markdown));
}

const CHROMIUM = process.env.TIDEMARK_CHROMIUM ?? '/usr/bin/chromium';

/** Runs a bench once, in a process of its own. */
async function once(
  bench: Bench,
  args: readonly string[],
): Promise<{ figures: Map<string, number>; rest: string; failed: boolean }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, bench.program), ...args], {
    env: askForFigures(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  const failed = await new Promise<boolean>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code !== 0));
  });
  return { ...readFigures(text), failed };
}

await main();
