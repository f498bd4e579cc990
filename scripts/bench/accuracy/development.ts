import { join } from 'node:path';
import { bestEpoch } from '../../../server/detectors/best-epoch.ts';
import type { Finding } from '../../../shared/finding.ts';
import { diagnose, numbers, readLines } from './curve.ts';
import { FAMILIES, type Family } from './families.ts';
import { goingOnTable, type Stopped } from './going-on.ts';
import { cut, made, NOISES, type History } from './histories.ts';
import { BASELINES } from './rules.ts';
import { bootstrap, interval, score, table, trial, type Score, type Trial } from './score.ts';
import { UNSEEN_FAMILIES } from './unseen-families.ts';

/** Histories of a family at one size of noise. */
const COUNT = 25;
/** The settings were chosen on other draws of the same families. */
const SEED = 3;

/** What is known of one history, and where best-epoch stops it. */
interface Case extends History {
  readonly noise: number;
  readonly stop: number | null;
  readonly finding: Finding | undefined;
}

/**
 * Stopping on histories as they are published: short, noisy, with drops of the learning rate. Some are made, of known
 * truth; the others are the simulated ones cut short, with noise added.
 */
export async function developmentTables(folder: string): Promise<string> {
  const seen = await madeCases(FAMILIES);
  const unseen = await madeCases(UNSEEN_FAMILIES);
  const short = await cutCases(folder);
  const plain = seen.filter(({ family }) => !FAMILIES[family].hard);
  return [
    families('Made histories, by family', FAMILIES, seen),
    rules('Made histories, without the three families that can hardly be told', plain),
    families('Made histories of families not looked at while choosing, by family', UNSEEN_FAMILIES, unseen),
    rules('Made histories of families not looked at while choosing', unseen),
    rules('Simulated histories cut to 50 to 300 epochs, with noise', short),
    goingOnTable({
      made: stopped(plain),
      'made, the three families that can hardly be told': stopped(
        seen.filter(({ family }) => FAMILIES[family].hard),
      ),
      'made, unseen families': stopped(unseen),
      'simulated, cut, with noise': stopped(short),
    }),
  ].join('\n\n');
}

/** The runs that were stopped at a rise, not because their weights were lost. */
function stopped(cases: readonly Case[]): Stopped[] {
  return cases.flatMap(({ val, finding }) =>
    finding && 'gain expected from it, per cent' in finding.evidence ? [{ val, finding }] : [],
  );
}

function families(title: string, of: Readonly<Record<string, Family>>, cases: readonly Case[]): string {
  const rows = Object.entries(of).map(([name, { overfit }]) =>
    familyRow(
      name,
      overfit,
      cases.filter(({ family }) => family === name),
    ),
  );
  const head = ['family', 'overfit', 'runs', 'said', 'said right (95 %)', 'best kept (95 %)', 'median delay'];
  return `${title}: ${COUNT} at each of ${NOISES.length} sizes of noise\n${table(head, rows)}`;
}

async function caseOf(history: History, noise: number): Promise<Case> {
  const series = { train_loss: history.train, val_loss: history.val };
  const { findings } = await diagnose({ name: 'run', series }, [bestEpoch()]);
  const finding = findings.at(0);
  return { ...history, noise, stop: finding?.step ?? null, finding };
}

async function madeCases(of: Readonly<Record<string, Family>>): Promise<Case[]> {
  const cases: Case[] = [];
  for (const family of Object.keys(of)) {
    for (const noise of NOISES) {
      for (const history of made(of, family, noise, COUNT, SEED)) cases.push(await caseOf(history, noise));
    }
  }
  return cases;
}

async function cutCases(folder: string): Promise<Case[]> {
  const cases: Case[] = [];
  let seed = SEED * 1e6;
  for await (const line of readLines(join(folder, 'overfitguard-simulated.jsonl'))) {
    const [train, val] = [numbers(line.train_loss), numbers(line.val_loss)];
    const whole = { family: 'cut', overfit: line.overfit === true, train, val };
    for (const noise of NOISES) cases.push(await caseOf(cut(whole, noise, ++seed), noise));
  }
  return cases;
}

function familyRow(name: string, overfit: boolean, cases: readonly Case[]): string[] {
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
