import { join } from 'node:path';
import { diagnose, numbers, readLines } from './curve.ts';
import { adviceTables } from './advice.ts';
import type { Run } from './deepobs-run.ts';
import { BASELINES } from './rules.ts';
import { interval, score, table, trial, type Score } from './score.ts';

async function read(folder: string): Promise<Run[]> {
  const runs: Run[] = [];
  for await (const line of readLines(join(folder, 'deepobs-epochs.jsonl'))) {
    const train = numbers(line.train_loss);
    const val = numbers(line.test_loss);
    const accuracies = line.train_acc
      ? { train_acc: numbers(line.train_acc), test_acc: numbers(line.test_acc) }
      : {};
    const name = String(line.name);
    const series = { train_loss: train, test_loss: val, ...accuracies };
    const { findings, last } = await diagnose({ name, series });
    const latest = new Map(findings.map((finding) => [finding.id, finding]));
    runs.push({
      name,
      problem: String(line.problem),
      group: `${String(line.problem)} ${String(line.optimizer)}`,
      rate: Number(line.lr),
      train,
      val,
      findings: [...latest.values()],
      opened: findings.filter(({ id }, i) => findings.findIndex((one) => one.id === id) === i),
      verdict: last.verdict,
    });
  }
  return runs;
}

/** Stopping, and advice by learning rate, on the DeepOBS histories. */
export async function deepobsTables(folder: string): Promise<string> {
  const runs = await read(folder);
  return [stopping(runs), await adviceTables(runs)].join('\n\n');
}

function stopping(runs: readonly Run[]): string {
  const rows: string[][] = [];
  const problems = [...new Set(runs.map(({ problem }) => problem))];
  const pairs = [problems.slice(0, 2), problems.slice(2)];
  const entries = Object.entries(BASELINES).filter(([name]) => name !== 'always');
  for (const [name, rule] of entries) {
    rows.push(row(name, score(runs.map((run) => trial(run.group, null, run.val, rule(run.train, run.val))))));
  }
  const ours = (some: readonly Run[]): Score =>
    score(some.map((run) => trial(run.group, null, run.val, stopOf(run))));
  rows.push(row('best-epoch', ours(runs)));
  for (const pair of pairs) {
    rows.push(row(`  on ${pair.join(', ')}`, ours(runs.filter(({ problem }) => pair.includes(problem)))));
  }
  return [
    `Stopping: ${runs.length} DeepOBS histories, looked at while the settings were chosen`,
    table(
      ['rule', 'stopped', 'best kept (95 %)', 'mean regret', 'worst', 'median delay', 'epochs saved'],
      rows,
    ),
  ].join('\n');
}

function stopOf({ opened }: Run): number | null {
  return opened.find(({ detector }) => detector === 'best-epoch')?.step ?? null;
}

function row(name: string, { fired, kept, runs, regret, worst, delay, saved }: Score): string[] {
  const [low, high] = interval(kept, runs).map((share) => (100 * share).toFixed(1));
  return [
    name,
    String(fired),
    `${(100 * kept).toFixed(1)} % (${low}–${high})`,
    `${(100 * regret).toFixed(3)} %`,
    `${(100 * worst).toFixed(1)} %`,
    delay === null ? '–' : String(delay),
    `${(100 * saved).toFixed(1)} %`,
  ];
}
