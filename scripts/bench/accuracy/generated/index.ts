import { detectors } from '../../../../server/detectors/index.ts';
import { interval, table } from '../score.ts';
import { RHYTHMS as ALL, type Rhythm } from './draw.ts';
import { outcomes, type Outcome } from './measure.ts';
import { KINDS } from './plan.ts';

/**
 * All detectors on generated curves whose truth is known: how often and how late what was planted is said, what is said
 * of healthy runs, and whether the scale of the loss matters.
 * Usage: node dist/scripts/bench/accuracy/generated/index.js [RHYTHM], by default all of them.
 */
const RHYTHMS = ALL.filter(({ name }) => process.argv.length < 3 || name === process.argv[2]);
const all: Outcome[] = [];
for (const rhythm of RHYTHMS) all.push(...(await outcomes(rhythm)));

const healthy = all.filter(({ kind }) => KINDS[kind].detector === null);
const planted = all.filter(({ kind }) => KINDS[kind].detector !== null);

console.log('False alarms on healthy curves: warnings or worse, and remarks, per 10,000 points of training');
console.log(table(['detector', ...RHYTHMS.flatMap(({ name }) => [name, 'remarks'])], alarmRows()));
console.log('\nPlanted facts');
for (const rhythm of RHYTHMS) {
  console.log(`\n${rhythm.name}, ${rhythm.noises.length * rhythm.draws} runs each`);
  const head = [
    'planted',
    'detector',
    'said (95 %)',
    'as a warning',
    'too soon',
    'median delay',
    'said again',
  ];
  console.log(table([...head, 'other warnings'], plantedRows(rhythm)));
}
console.log('\nOther scales (losses times 1e-6 and 1e6)');
const differing = all.filter(({ differs }) => differs.length > 0);
console.log(`something else is said of ${differing.length} of ${all.length} runs`);
console.log(counts(differing.flatMap((one) => one.differing.map((name) => `${name} of ${one.kind}`))));

function alarmRows(): string[][] {
  const rates = (matches: (detector: string) => boolean): string[] =>
    RHYTHMS.flatMap((rhythm) => {
      const runs = healthy.filter((one) => one.rhythm === rhythm);
      const lives = runs.flatMap((one) => one.lives.filter(({ detector }) => matches(detector)));
      const points = runs.length * rhythm.steps;
      const rate = (count: number): string =>
        count === 0 ? '0' : `${((1e4 * count) / points).toFixed(3)} (${count})`;
      return [
        rate(lives.filter(({ warned }) => warned !== null).length),
        rate(lives.filter(({ warned }) => warned === null).length),
      ];
    });
  return [
    ...detectors.map(({ name }) => [name, ...rates((detector) => detector === name)]),
    ['all', ...rates(() => true)],
    ['healthy runs; points', ...RHYTHMS.flatMap(sizes)],
  ];
}

function sizes(rhythm: Rhythm): string[] {
  const runs = healthy.filter((one) => one.rhythm === rhythm).length;
  return [String(runs), String(runs * rhythm.steps)];
}

function plantedRows(rhythm: Rhythm): string[][] {
  const kinds = Object.entries(KINDS).filter(([, { detector }]) => detector !== null);
  return kinds.map(([kind, { detector }]) => {
    const runs = planted.filter((one) => one.kind === kind && one.rhythm === rhythm);
    const own = runs.map(({ lives, onset }) => ({
      onset,
      lives: lives.filter((life) => life.detector === detector && life.opened >= onset - 1),
      soon: lives.some((life) => life.detector === detector && life.opened < onset - 1),
    }));
    const said = own.filter(({ lives }) => lives.length > 0);
    const delays = said.map(({ lives, onset }) => lives[0].opened - onset).sort((a, b) => a - b);
    const share = (count: number): string => `${((100 * count) / runs.length).toFixed(0)} %`;
    const [low, high] = interval(said.length / runs.length, runs.length);
    return [
      kind,
      detector!,
      `${share(said.length)} (${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)})`,
      share(said.filter(({ lives }) => lives.some(({ warned }) => warned !== null)).length),
      share(own.filter(({ soon }) => soon).length),
      delays.length > 0 ? `${delays[delays.length >> 1]}` : '–',
      String(own.filter(({ lives }) => lives.length > 1).length),
      counts(
        runs.flatMap(({ lives }) =>
          lives
            .filter((life) => life.detector !== detector && life.warned !== null)
            .map((life) => life.detector),
        ),
      ),
    ];
  });
}

/** How often each name is there, the most frequent first. */
function counts(names: readonly string[]): string {
  const found = new Map<string, number>();
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
  const sorted = [...found].sort(([, a], [, b]) => b - a);
  return sorted.map(([name, count]) => `${name} ×${count}`).join(', ') || '–';
}
