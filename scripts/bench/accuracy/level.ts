import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bestEpoch } from '../../../server/detectors/best-epoch.ts';
import { ROOT } from '../../../server/version.ts';
import { diagnose, numbers, readLines } from './curve.ts';
import { FAMILIES, type Family } from './families.ts';
import { made, NOISES } from './histories.ts';
import { interval, score, table, trial, type Trial } from './score.ts';
import { UNSEEN_FAMILIES } from './unseen-families.ts';

/** What as long again must bring, where a level is to be a reason to stop: what the integrations of boosting ask for. */
const WORTH = 0.005;
/** As in `development.ts`. */
const [COUNT, SEED] = [25, 3];

interface Losses {
  readonly train: Float64Array;
  readonly val: Float64Array;
}

/** Stopping with and without `worth`: on boosted trees, for which it is meant, and on everything else, where it is off. */
export async function levelTable(folder: string | null): Promise<string> {
  const groups: Record<string, AsyncIterable<Losses> | Iterable<Losses>> = {
    'boosted trees': recorded(join(ROOT, 'test/fixtures/boosted.jsonl'), 'train', 'val'),
    made: drawn(FAMILIES, false),
    'made, the three families that can hardly be told': drawn(FAMILIES, true),
    'made, unseen families': drawn(UNSEEN_FAMILIES, false),
    ...(folder !== null && {
      'simulated, whole': recorded(join(folder, 'overfitguard-simulated.jsonl'), 'train_loss', 'val_loss'),
      DeepOBS: recorded(join(folder, 'deepobs-epochs.jsonl'), 'train_loss', 'test_loss'),
    }),
  };
  const rows: string[][] = [];
  for (const [name, histories] of Object.entries(groups)) {
    const trials: [Trial[], Trial[]] = [[], []];
    for await (const { train, val } of histories)
      for (const [i, worth] of [0, WORTH].entries())
        trials[i].push(trial(name, null, val, await stopOf(train, val, worth)));
    rows.push(...trials.map((some, i) => row(`${name}, ${i === 0 ? 'off' : WORTH}`, some)));
  }
  const head = ['histories, worth', 'runs', 'stopped', 'best kept (95 %)', 'mean regret', 'worst', 'saved'];
  return `A level as a reason to stop\n${table(head, rows)}`;
}

async function stopOf(train: Float64Array, val: Float64Array, worth: number): Promise<number | null> {
  const series = { train_loss: train, val_loss: val };
  const { findings } = await diagnose({ name: 'run', series }, [bestEpoch({ worth })]);
  return findings.at(0)?.step ?? null;
}

async function* recorded(path: string, train: string, val: string): AsyncGenerator<Losses> {
  if (!existsSync(path)) return;
  for await (const line of readLines(path)) yield { train: numbers(line[train]), val: numbers(line[val]) };
}

function* drawn(families: Readonly<Record<string, Family>>, hard: boolean): Generator<Losses> {
  for (const [name, family] of Object.entries(families)) {
    if ((family.hard ?? false) !== hard) continue;
    for (const noise of NOISES) yield* made(families, name, noise, COUNT, SEED);
  }
}

function row(name: string, trials: readonly Trial[]): string[] {
  const { runs, fired, kept, regret, worst, saved } = score(trials);
  const [low, high] = interval(kept, runs).map((share) => (100 * share).toFixed(1));
  return [
    name,
    String(runs),
    String(fired),
    `${(100 * kept).toFixed(1)} % (${low}–${high})`,
    `${(100 * regret).toFixed(3)} %`,
    `${(100 * worst).toFixed(1)} %`,
    `${(100 * saved).toFixed(1)} %`,
  ];
}
