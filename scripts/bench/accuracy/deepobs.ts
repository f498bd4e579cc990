import { join } from 'node:path';
import type { Finding } from '../../../shared/finding.ts';
import { diagnose, numbers, readLines } from './curve.ts';
import { BASELINES } from './rules.ts';
import { interval, score, table, trial, type Score } from './score.ts';

interface Run {
  readonly name: string;
  readonly problem: string;
  readonly group: string;
  readonly rate: number;
  readonly train: Float64Array;
  readonly val: Float64Array;
  /** The last state of each finding, in the order in which they were opened. */
  readonly findings: readonly Finding[];
  readonly opened: readonly Finding[];
  readonly verdict: string;
}

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
    const opened = new Map(findings.toReversed().map((finding) => [finding.id, finding]));
    runs.push({
      name,
      problem: String(line.problem),
      group: `${String(line.problem)} ${String(line.optimizer)}`,
      rate: Number(line.lr),
      train,
      val,
      findings: [...latest.values()],
      opened: [...opened.values()],
      verdict: last.verdict,
    });
  }
  return runs;
}

/** Stopping, and advice by learning rate, on the DeepOBS histories. */
export async function deepobsTables(folder: string): Promise<string> {
  const runs = await read(folder);
  return [stopping(runs), advice(runs)].join('\n\n');
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

/** What is said of rates that are far too high, good, and far too low for the problem and optimizer. */
function advice(runs: readonly Run[]): string {
  const tally = {
    high: 0,
    lower: 0,
    alarmed: 0,
    blown: 0,
    soon: 0,
    good: 0,
    warned: 0,
    low: 0,
    lowWarned: 0,
  };
  const warned: string[] = [];
  for (const group of new Set(runs.map((run) => run.group))) {
    const some = runs.filter((run) => run.group === group);
    const final = (run: Run): number => run.val[run.val.length - 1];
    const finite = some.filter((run) => Number.isFinite(final(run)));
    const best = finite.reduce((a, b) => (final(b) < final(a) ? b : a));
    for (const run of some) {
      const ratio = run.rate / best.rate;
      const open = run.findings.filter(({ status }) => status === 'open');
      const alarms = open.filter(({ severity }) => severity !== 'info');
      if (ratio > 9.9 && !(final(run) <= 1.2 * final(best))) {
        tally.high++;
        if (open.some(advisesLower)) tally.lower++;
        if (alarms.some(advisesLower)) tally.alarmed++;
        if (run.val.some((value) => !(Math.abs(value) < 10 * Math.abs(run.val[0])))) {
          tally.blown++;
          const [first] = run.opened.filter(advisesLower);
          if ((first as Finding | undefined) && first.step <= 0.2 * run.val.length) tally.soon++;
        }
      }
      if (ratio >= 0.49 && ratio <= 2.01) {
        tally.good++;
        if (alarms.length > 0) {
          tally.warned++;
          warned.push(`  ${run.name}: ${alarms.map(({ title }) => title).join('; ')}`);
        }
      }
      if (ratio < 1 / 30) {
        tally.low++;
        if (alarms.length > 0) tally.lowWarned++;
      }
    }
  }
  const share = (part: number, whole: number): string =>
    `${part} of ${whole} (${((100 * part) / whole).toFixed(1)} %)`;
  return [
    'Learning rates on the DeepOBS histories, against the best of the same problem and optimizer',
    `at least 10× too high and 20 % worse or non-finite: an open finding advises a lower rate first: ${share(tally.lower, tally.high)}, a warning or worse ${share(tally.alarmed, tally.high)}`,
    `of these blown up (non-finite, or tenfold): said within the first fifth: ${share(tally.soon, tally.blown)}`,
    `within 2× of the best: an open warning or worse: ${share(tally.warned, tally.good)}`,
    ...warned,
    `at most 1/30 of the best: an open warning or worse: ${share(tally.lowWarned, tally.low)} (not-converged is not judged yet)`,
  ].join('\n');
}

function advisesLower({ advice }: Finding): boolean {
  return /^lower the learning rate/i.test(advice[0] ?? '');
}
