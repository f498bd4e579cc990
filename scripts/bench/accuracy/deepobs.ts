import { join } from 'node:path';
import { bestEpoch } from '../../../server/detectors/best-epoch.ts';
import { diagnose, numbers, readLines } from './curve.ts';
import { adviceTables } from './advice.ts';
import { SETTINGS } from './overfit.ts';
import type { Run } from './deepobs-run.ts';
import { BASELINES } from './rules.ts';
import { interval, score, table, trial, type Score, type Trial } from './score.ts';

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
  return [await stopping(runs), await adviceTables(runs)].join('\n\n');
}

async function stopping(runs: readonly Run[]): Promise<string> {
  const rows: string[][] = [];
  const problems = [...new Set(runs.map(({ problem }) => problem))];
  const pairs = [problems.slice(0, 2), problems.slice(2)];
  const entries = Object.entries(BASELINES).filter(([name]) => name !== 'always');
  for (const [name, rule] of entries) {
    rows.push(row(name, score(runs.map((run) => trial(run.group, null, run.val, rule(run.train, run.val))))));
  }
  rows.push(
    row('best-epoch, defaults', score(runs.map((run) => trial(run.group, null, run.val, stopOf(run))))),
  );
  const bySetting: Trial[][] = [];
  for (const setting of SETTINGS) bySetting.push(await trialsUnder(runs, setting));
  const tested = pairs.map((pair, i) => {
    const chosen = chooseOn(bySetting, runs, pairs[1 - i]);
    return { pair, chosen, trials: of(bySetting[chosen], runs, pair) };
  });
  rows.push(row('best-epoch, chosen on two, tested on two', score(tested.flatMap(({ trials }) => trials))));
  for (const { pair, trials } of tested) rows.push(row(`  on ${pair.join(', ')}`, score(trials)));
  return [
    `Stopping: ${runs.length} DeepOBS histories`,
    table(
      ['rule', 'stopped', 'best kept (95 %)', 'mean regret', 'worst', 'median delay', 'epochs saved'],
      rows,
    ),
    ...tested.map(({ pair, chosen }) => `On ${pair.join(', ')}: ${JSON.stringify(SETTINGS[chosen])}`),
  ].join('\n');
}

async function trialsUnder(runs: readonly Run[], setting: (typeof SETTINGS)[number]): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const { name, group, train, val } of runs) {
    const { findings } = await diagnose({ name, series: { train_loss: train, test_loss: val } }, [
      bestEpoch(setting),
    ]);
    trials.push(trial(group, null, val, findings.at(0)?.step ?? null));
  }
  return trials;
}

function of(trials: readonly Trial[], runs: readonly Run[], problems: readonly string[]): Trial[] {
  return trials.filter((_, i) => problems.includes(runs[i].problem));
}

/** Of the settings that keep 99 % of the best epochs there, the one that saves most; else the one that keeps most. */
function chooseOn(
  bySetting: readonly (readonly Trial[])[],
  runs: readonly Run[],
  problems: readonly string[],
): number {
  const worth = bySetting.map((trials) => {
    const { kept, saved } = score(of(trials, runs, problems));
    return kept >= 0.99 ? 1 + saved : kept;
  });
  return worth.indexOf(Math.max(...worth));
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
