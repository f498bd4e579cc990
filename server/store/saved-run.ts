import type { Finding } from '../../shared/finding.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { DefineLine } from '../../shared/lines.ts';
import type { Setting } from '../pipeline/input.ts';
import { Attempt } from './attempt.ts';
import { COUNT } from './nodes.ts';
import { Ranges } from './ranges.ts';
import { Run, type Writer } from './run.ts';

/** A run as it is saved: plain data that structured clone copies. */
export interface SavedRun {
  readonly id: string;
  /** Every other field, by its name: what is added to `Run` as plain data is kept. */
  readonly plain: Readonly<Record<string, unknown>>;
  readonly writers: readonly (readonly [
    string,
    Omit<Writer, 'received'> & { readonly received: readonly (readonly [number, number])[] },
  ])[];
  /** Writers that speak for their ranks. */
  readonly speakers: readonly string[];
  readonly attempts: readonly (readonly [number, number])[];
  readonly steps: readonly (readonly [number, number])[];
  /** In the order of their numbers; each attempt with the node of all its points. */
  readonly series: readonly {
    readonly name: string;
    readonly rank: number;
    readonly attempts: readonly (readonly [number, Float64Array])[];
  }[];
  readonly defines: readonly DefineLine[];
  readonly settings: readonly Setting[];
  readonly findings: readonly Finding[];
}

/** Fields that are not plain data, or not the run's own. */
const SAVED_APART: ReadonlySet<string> = new Set([
  'writers',
  'speakers',
  'attempts',
  'steps',
  'series',
  'defines',
  'settings',
  'findings',
  'touched',
]);

/** The run as it was saved; its unsealed points are not part of it. */
export function restoreRun(saved: SavedRun): Run {
  const { id, plain, series, writers, findings, settings, defines, attempts, steps, speakers } = saved;
  const run = new Run({ kind: 'hello', at: 0, line: { kind: 'run', protocol: 1, run: id, writer: '' } });
  Object.assign(run, structuredClone(plain));
  for (const [name, { received, ...writer }] of writers)
    run.writers.set(name, { ...writer, received: new Ranges(LIMITS.missingRanges, received) });
  for (const name of speakers) {
    const writer = run.writers.get(name);
    if (writer) run.speakers.set(writer.rank, writer);
  }
  for (const finding of findings) run.findings.set(finding.id, finding);
  for (const setting of settings) run.settings.set(setting.detector, setting);
  for (const define of defines) run.defines.set(define.series, define);
  for (const [rank, attempt] of attempts) run.attempts.set(rank, attempt);
  for (const [rank, step] of steps) run.steps.set(rank, step);
  for (const { name, rank, attempts: kept } of series) {
    const { attempts: own } = run.addSeries(name, rank);
    for (const [attempt, node] of kept) own.set(attempt, new Attempt(node.slice(), node[COUNT]));
  }
  return run;
}

/** Everything of a run but its points, as plain data; all of them must be in chunks. */
export function saveRun(run: Run): SavedRun {
  const speaking = new Set(run.speakers.values());
  return {
    id: run.id,
    plain: Object.fromEntries(Object.entries(run).filter(([field]) => !SAVED_APART.has(field))),
    writers: [...run.writers].map(([writer, { received, ...rest }]) => [
      writer,
      { ...rest, received: received.list() },
    ]),
    speakers: [...run.writers].filter(([, writer]) => speaking.has(writer)).map(([writer]) => writer),
    attempts: [...run.attempts],
    steps: [...run.steps],
    series: [...run.series.values()].map((series) => ({
      name: series.name,
      rank: series.rank,
      attempts: [...series.attempts].map(([attempt, { node }]) => [attempt, node] as const),
    })),
    defines: [...run.defines.values()],
    settings: [...run.settings.values()],
    findings: [...run.findings.values()],
  };
}
