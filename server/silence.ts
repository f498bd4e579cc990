import { type Analysis, silenceDue } from './pipeline/pipeline.ts';
import type { SilenceRecord } from './store/record.ts';
import type { Run } from './store/run.ts';

/** How often the runs are looked through, in ms. */
export const LOOK_MS = 5_000;

/**
 * The silences that have become worth telling: of each running run that has said nothing for as long as its rhythm makes
 * remarkable. They are kept like what trainers say, so that what follows from them follows again when they are replayed.
 * @param now server's time, in seconds since 1970
 * @param since when the server started: before that nobody could be heard
 */
export function silences(
  runs: Iterable<Run>,
  analyses: { get(run: string): Analysis | undefined },
  now: number,
  since: number,
): SilenceRecord[] {
  const found: SilenceRecord[] = [];
  for (const run of runs) {
    if (run.status !== 'running') continue;
    const analysis = analyses.get(run.id);
    const due = analysis ? silenceDue(analysis.state) : null;
    const seconds = now - Math.max(run.trained, since);
    if (due !== null && seconds >= due) found.push({ kind: 'silence', at: now, run: run.id, seconds });
  }
  return found;
}
