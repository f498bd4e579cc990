import { oscillation } from '../../../server/detectors/oscillation.ts';
import type { Finding } from '../../../shared/finding.ts';
import { diagnose } from './curve.ts';
import type { Run } from './deepobs-run.ts';
import { interval, table } from './score.ts';

/** How a run's learning rate compares with the best of the same problem and optimizer. */
interface Rated {
  readonly run: Run;
  /** At least 10 times too high, with a test loss 20 % worse or none; within twice; at most a thirtieth; else null. */
  readonly kind: 'high' | 'good' | 'low' | null;
  /** Lowest final test loss of any run of the problem. */
  readonly reachable: number;
}

/** Values from which the threshold of `oscillation` is chosen on two problems, to be tested on the other two. */
const SWINGS = [0.04, 0.06, 0.08, 0.12, 0.16] as const;

/** What is said of learning rates that are far too high, good, and far too low for the problem and optimizer. */
export async function adviceTables(runs: readonly Run[]): Promise<string> {
  const rated = rate(runs);
  const problems = [...new Set(runs.map(({ problem }) => problem))];
  const rows = [row('all', rated), ...problems.map((problem) => row(problem, of(rated, [problem])))];
  const head = ['runs', 'too high: lower it', 'a warning', 'blown up: in the first fifth', 'good: warned'];
  return [
    'Learning rates on the DeepOBS histories, against the best of the same problem and optimizer',
    table([...head, 'of these wrong', 'too low: train longer or raise it'], rows),
    await crossTuned(rated, problems),
    ...broken(rated),
  ].join('\n');
}

function rate(runs: readonly Run[]): Rated[] {
  const lowest = (some: readonly Run[]): Run =>
    some.filter((run) => Number.isFinite(final(run))).reduce((a, b) => (final(b) < final(a) ? b : a));
  return runs.map((run) => {
    const best = lowest(runs.filter(({ group }) => group === run.group));
    const reachable = final(lowest(runs.filter(({ problem }) => problem === run.problem)));
    const ratio = run.rate / best.rate;
    const bad = !(final(run) <= 1.2 * final(best));
    const kind =
      ratio > 9.9 && bad ? 'high' : ratio >= 0.49 && ratio <= 2.01 ? 'good' : ratio < 1 / 30 ? 'low' : null;
    return { run, kind, reachable };
  });
}

function final({ val }: Run): number {
  return val[val.length - 1];
}

function of(rated: readonly Rated[], problems: readonly string[]): Rated[] {
  return rated.filter(({ run }) => problems.includes(run.problem));
}

function openOf({ findings }: Run): Finding[] {
  return findings.filter(({ status }) => status === 'open');
}

function advisesLower({ advice }: Finding): boolean {
  return /^lower the learning rate/i.test(advice[0] ?? '');
}

function advisesMore({ detector, advice }: Finding): boolean {
  return detector === 'not-converged' || /^raise the learning rate/i.test(advice[0] ?? '');
}

function isAlarm({ severity }: Finding): boolean {
  return severity !== 'info';
}

function isBlown({ val }: Run): boolean {
  return val.some((value) => !(Math.abs(value) < 10 * Math.abs(val[0])));
}

function isSoon({ val, opened }: Run): boolean {
  const first = opened.find(advisesLower);
  return first !== undefined && first.step <= 0.2 * val.length;
}

/**
 * Warned though nothing is wrong: the run came within a fifth of what the problem allows (so it was not stuck), and its
 * test loss ended no more than 3 % above its best (so the best epoch was not past).
 */
function isWrong({ run, reachable }: Rated): boolean {
  const fine = final(run) <= 1.2 * reachable && final(run) <= 1.03 * Math.min(...run.val);
  return fine && openOf(run).some(isAlarm);
}

function row(name: string, rated: readonly Rated[]): string[] {
  const kind = (wanted: Rated['kind']): Rated[] => rated.filter((one) => one.kind === wanted);
  const [high, good, low] = [kind('high'), kind('good'), kind('low')];
  const blown = high.filter(({ run }) => isBlown(run));
  return [
    name,
    share(high, ({ run }) => openOf(run).some(advisesLower)),
    share(high, ({ run }) => openOf(run).some((one) => isAlarm(one) && advisesLower(one))),
    share(blown, ({ run }) => isSoon(run)),
    share(good, ({ run }) => openOf(run).some(isAlarm)),
    share(good, isWrong),
    share(low, ({ run }) => openOf(run).some(advisesMore)),
  ];
}

function share(some: readonly Rated[], matches: (one: Rated) => boolean): string {
  if (some.length === 0) return '–';
  const count = some.filter(matches).length;
  const [low, high] = interval(count / some.length, some.length).map((part) => (100 * part).toFixed(0));
  return `${count}/${some.length} = ${((100 * count) / some.length).toFixed(1)} % (${low}–${high})`;
}

/** Chooses the threshold of `oscillation` on two problems and tests it on the other two, both ways. */
async function crossTuned(rated: readonly Rated[], problems: readonly string[]): Promise<string> {
  const fired = new Map<number, Set<Run>>();
  for (const minDelta of SWINGS) {
    const some = new Set<Run>();
    for (const { run } of rated) {
      const series = { train_loss: run.train, test_loss: run.val };
      const { findings } = await diagnose({ name: run.name, series }, [oscillation({ minDelta })]);
      if (findings.at(-1)?.status === 'open') some.add(run);
    }
    fired.set(minDelta, some);
  }
  const worth = (some: readonly Rated[], minDelta: number): number => {
    const open = some.filter(({ run }) => fired.get(minDelta)!.has(run));
    const high = open.filter(({ kind }) => kind === 'high').length;
    return high - 10 * open.filter(({ kind }) => kind === 'good').length;
  };
  const pairs = [problems.slice(0, 2), problems.slice(2)];
  return pairs
    .map((tested, i) => {
      const tuning = of(rated, pairs[1 - i]);
      // Of equally good ones the largest: it says least.
      const chosen = SWINGS.reduce((a, b) => (worth(tuning, b) >= worth(tuning, a) ? b : a));
      const open = of(rated, tested).filter(({ run }) => fired.get(chosen)!.has(run));
      const count = (kind: Rated['kind']): number => open.filter((one) => one.kind === kind).length;
      return `oscillation on ${tested.join(', ')}, tuned on the others: minDelta ${chosen}, open at ${count('high')} rates too high, ${count('good')} good, ${count('low')} too low`;
    })
    .join('\n');
}

/** The runs that break a goal. */
function broken(rated: readonly Rated[]): string[] {
  const list = (title: string, some: readonly Rated[]): string[] => [
    `${title}:`,
    ...some.map(({ run }) => `  ${run.name}: ${run.verdict}`),
  ];
  const missed = rated.filter(({ kind, run }) => kind === 'high' && !openOf(run).some(advisesLower));
  const late = rated.filter(({ kind, run }) => kind === 'high' && isBlown(run) && !isSoon(run));
  const unheard = rated.filter(({ kind, run }) => kind === 'low' && !openOf(run).some(advisesMore));
  const wrong = rated.filter((one) => one.kind === 'good' && isWrong(one));
  return [
    ...list('Too high, and not told to lower it', missed),
    ...list('Blown up, and told after the first fifth', late),
    ...list('Too low, and not told', unheard),
    ...list('Good, and warned wrongly', wrong),
  ];
}
