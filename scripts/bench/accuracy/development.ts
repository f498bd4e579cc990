import { join } from 'node:path';
import { bestEpoch } from '../../../server/detectors/best-epoch.ts';
import { diagnose, numbers, readLines } from './curve.ts';
import { FAMILIES } from './families.ts';
import { cut, made, NOISES, type History } from './histories.ts';
import { BASELINES } from './rules.ts';
import { bootstrap, interval, score, table, trial, type Score, type Trial } from './score.ts';

/** Histories of a family at one size of noise. */
const COUNT = 25;
/** The settings were chosen on other draws of the same families. */
const SEED = 2;

/** What is known of one history, and where best-epoch stops it. */
interface Case extends History {
  readonly noise: number;
  readonly stop: number | null;
}

/**
 * Stopping on histories as they are published: short, noisy, with drops of the learning rate. Some are made, of known
 * truth; the others are the simulated ones cut short, with noise added.
 */
export async function developmentTables(folder: string): Promise<string> {
  const cases = await casesOf(folder);
  const plain = cases.filter(({ family }) => family !== CUT && !FAMILIES[family].hard);
  const cuts = cases.filter(({ family }) => family === CUT);
  return [
    [
      `Made histories, by family: ${COUNT} at each of ${NOISES.length} sizes of noise`,
      table(
        ['family', 'overfit', 'runs', 'said', 'said right (95 %)', 'best kept (95 %)', 'median delay'],
        Object.keys(FAMILIES).map((name) =>
          familyRow(
            name,
            cases.filter(({ family }) => family === name),
          ),
        ),
      ),
    ].join('\n'),
    rules('Made histories, without the three families that can hardly be told', plain),
    rules('Simulated histories cut to 50 to 300 epochs, with noise', cuts),
  ].join('\n\n');
}

const CUT = 'cut';

async function casesOf(folder: string): Promise<Case[]> {
  const cases: Case[] = [];
  const add = async (history: History, noise: number): Promise<void> => {
    const { train, val } = history;
    const series = { train_loss: train, val_loss: val };
    const { findings } = await diagnose({ name: 'run', series }, [bestEpoch()]);
    cases.push({ ...history, noise, stop: findings.at(0)?.step ?? null });
  };
  for (const family of Object.keys(FAMILIES)) {
    for (const noise of NOISES) {
      for (const history of made(family, noise, COUNT, SEED)) await add(history, noise);
    }
  }
  let seed = SEED;
  for await (const line of readLines(join(folder, 'overfitguard-simulated.jsonl'))) {
    const [train, val] = [numbers(line.train_loss), numbers(line.val_loss)];
    const whole = { family: CUT, overfit: line.overfit === true, train, val };
    for (const noise of NOISES) await add(cut(whole, noise, ++seed), noise);
  }
  return cases;
}

function familyRow(name: string, cases: readonly Case[]): string[] {
  const { overfit } = FAMILIES[name];
  const { runs, fired, kept, delay } = score(cases.map((one) => trialOf(one, one.stop)));
  const right = (overfit ? fired : runs - fired) / runs;
  return [
    name,
    overfit ? 'yes' : 'no',
    String(runs),
    String(fired),
    withInterval(right, runs),
    withInterval(kept, runs),
    delay === null ? '–' : String(delay),
  ];
}

/** Every rule on all of them, and best-epoch by the size of the noise. */
function rules(title: string, cases: readonly Case[]): string {
  const rows = Object.entries(BASELINES).map(([name, rule]) =>
    ruleRow(
      name,
      cases.map((one) => trialOf(one, rule(one.train, one.val))),
    ),
  );
  const ours = (name: string, some: readonly Case[]): string[] =>
    ruleRow(
      name,
      some.map((one) => trialOf(one, one.stop)),
    );
  rows.push(ours('best-epoch', cases));
  for (const size of NOISES) {
    rows.push(
      ours(
        `  noise ${100 * size} %`,
        cases.filter(({ noise }) => noise === size),
      ),
    );
  }
  const overfit = cases.filter((one) => one.overfit).length;
  const head = ['rule', 'F1 (95 %)', 'macro F1 (95 %)', 'best kept (95 %)', 'median delay (95 %)', 'saved'];
  return [`${title}: ${cases.length}, ${overfit} overfitted`, table(head, rows)].join('\n');
}

function ruleRow(name: string, trials: readonly Trial[]): string[] {
  const { f1, macro, kept, delay, saved, runs } = score(trials);
  const span = (of: (score: Score) => number, digits: number): string =>
    bootstrap(trials, of)
      .map((value) => value.toFixed(digits))
      .join('–');
  return [
    name,
    `${f1.toFixed(3)} (${span((one) => one.f1, 3)})`,
    `${macro.toFixed(3)} (${span((one) => one.macro, 3)})`,
    withInterval(kept, runs),
    delay === null ? '–' : `${delay} (${span((one) => one.delay ?? 0, 0)})`,
    `${(100 * saved).toFixed(1)} %`,
  ];
}

function trialOf({ family, overfit, val }: Case, stop: number | null): Trial {
  return trial(family, overfit, val, stop);
}

function withInterval(share: number, runs: number): string {
  const [low, high] = interval(share, runs).map((value) => (100 * value).toFixed(1));
  return `${(100 * share).toFixed(1)} % (${low}–${high})`;
}
