/** The benches that `npm run bench` runs, each a process of its own. */
export interface Bench {
  readonly name: string;
  /** The program, relative to the folder of the benches. */
  readonly program: string;
  /** Arguments of each kind of effort; a kind that is left out is as `usual`. */
  readonly usual: readonly string[];
  readonly quick?: readonly string[];
  readonly full?: readonly string[];
  /** Whether Chromium must be there. */
  readonly browser?: true;
}

export type Effort = 'quick' | 'usual' | 'full';

const ingest = (form: string): Bench => ({
  name: `ingest-${form}`,
  program: 'ingest.js',
  quick: ['--form', form, '--seconds', '3'],
  usual: ['--form', form, '--seconds', '15'],
  full: ['--form', form, '--seconds', '60'],
});

const latency = (name: string, behind: number): Bench => ({
  name,
  program: 'latency.js',
  quick: ['--seconds', '5', '--behind', String(behind)],
  usual: ['--seconds', '20', '--behind', String(behind)],
  full: ['--seconds', '60', '--behind', String(behind)],
  browser: true,
});

export const BENCHES: readonly Bench[] = [
  ingest('binary'),
  ingest('metric'),
  ingest('steps'),
  {
    name: 'paced',
    program: 'ingest.js',
    quick: ['--form', 'binary', '--rate', '1000000', '--seconds', '3'],
    usual: ['--form', 'binary', '--rate', '1000000', '--seconds', '15'],
    full: ['--form', 'binary', '--rate', '1000000', '--seconds', '60'],
  },
  latency('drawn', 200_000),
  latency('drawn-1M', 1_000_000),
  { name: 'codec', program: 'store/codec.js', usual: [] },
  {
    name: 'queries',
    program: 'store/queries.js',
    quick: ['--points', '1000000', '--rounds', '3'],
    usual: [],
  },
  { name: 'fanout', program: 'fanout.js', quick: ['--seconds', '5'], usual: ['--seconds', '20'] },
  {
    name: 'restart',
    program: 'restart.js',
    quick: ['--points', '1000000', '--runs', '10', '--rounds', '1'],
    usual: ['--points', '20000000', '--rounds', '1'],
    full: ['--points', '100000000', '--runs', '500', '--rounds', '1'],
  },
];

/** The arguments of a bench. */
export function argsOf(bench: Bench, effort: Effort): readonly string[] {
  return bench[effort] ?? bench.usual;
}
