import type { StopRequest } from '../shared/frames.ts';
import type { Analysis } from './pipeline/pipeline.ts';
import type { StoreRecord } from './store/record.ts';
import type { Run } from './store/run.ts';

/** What follows from an analysis: its findings to be kept, and the stop that the run asked to be sent. */
export function conclusions({ findings, stop }: Analysis, run: Run, now: number): StoreRecord[] {
  const records = findings.map((finding): StoreRecord => ({ kind: 'finding', finding }));
  const said = findings.some(({ detector, status }) => detector === 'best-epoch' && status === 'open');
  if (stop && said && run.stop === 'best-epoch' && run.request === null && isStoppable(run)) {
    const { step, epoch, reason } = stop;
    const request: StopRequest = { by: 'best-epoch', reason, step, epoch, asked: now, acknowledged: null };
    records.push({ kind: 'request', run: run.id, request });
  }
  return records;
}

/** Whether a stop can still reach the run's trainer, now or when it comes back. */
export function isStoppable({ status }: Run): boolean {
  return status === 'running' || status === 'lost';
}
