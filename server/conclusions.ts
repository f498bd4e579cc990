import type { StopRequest } from '../shared/frames.ts';
import type { Analysis } from './pipeline/pipeline.ts';
import type { StoreRecord } from './store/record.ts';
import type { Run } from './store/run.ts';

/** What follows from an analysis: its findings to be kept, and the stop that the run asked to be sent. */
export function conclusions({ findings, stop }: Analysis, run: Run, now: number): StoreRecord[] {
  const records = findings.map((finding): StoreRecord => ({ kind: 'finding', finding }));
  const said = findings.some(({ detector, status }) => detector === 'best-epoch' && status === 'open');
  return stop && said ? [...records, ...stopDue(stop, run, now)] : records;
}

/** The stop that is due once the best epoch is past, where the run is to stop by itself and was not asked yet. */
export function stopDue(stop: Analysis['stop'], run: Run, now: number): StoreRecord[] {
  const asked = run.request !== null && run.request.withdrawn === undefined;
  if (!stop || !run.stopsItself || asked || !isStoppable(run)) return [];
  const { step, epoch, reason } = stop;
  const request: StopRequest = { by: 'best-epoch', reason, step, epoch, asked: now, acknowledged: null };
  return [{ kind: 'request', run: run.id, request }];
}

/** Whether a stop can still reach the run's trainer, now or when it comes back. */
export function isStoppable({ status }: Run): boolean {
  return status === 'running' || status === 'lost';
}
