import { filter, map, mergeMap, type Observable } from 'rxjs';
import { type AlertMarks, alertState, calls, isAlert } from '../../shared/alert.ts';
import type { Finding } from '../../shared/finding.ts';
import { alertId } from '../store/alert-finding.ts';
import type { StoreRecord } from '../store/record.ts';
import type { Run } from '../store/run.ts';
import type { Notice } from './message.ts';

/** What telling of alerts needs to know. */
export interface NoticeWorld {
  /** Runs by id, and those that are live. */
  readonly runs: { get(id: string): Run | undefined; live(): Iterable<Run> };
  readonly marks: () => AlertMarks;
  /** Seconds since 1970. */
  readonly now: () => number;
}

/**
 * The notices that are due as records become durable: one when an alert is first said, however often it is updated,
 * and one when it is resolved. What is muted, or of a deleted run, is not told. Alerts of live runs that were open when
 * the server started count as told.
 */
export function notices(
  changes: Observable<readonly StoreRecord[]>,
  { runs, marks, now }: NoticeWorld,
): Observable<Notice> {
  /** Ids of alerts that were told, and are still open. */
  const told = new Set<string>();
  for (const run of runs.live())
    for (const finding of run.findings.values()) if (isAlert(finding)) told.add(finding.id);

  const eventOf = (finding: Finding): Notice['event'] | null => {
    if (finding.status === 'resolved') return told.delete(finding.id) && calls(finding) ? 'resolved' : null;
    if (!isAlert(finding) || told.has(finding.id)) return null;
    told.add(finding.id);
    return 'opened';
  };
  return changes.pipe(
    mergeMap((records) => records),
    mergeMap((record) => findingsOf(record, runs)),
    map((finding): Notice | null => {
      const event = eventOf(finding);
      const run = runs.get(finding.run);
      if (event === null || !run || run.edit.deleted) return null;
      if (alertState({ ...finding, status: 'open' }, marks(), now()) === 'muted') return null;
      return { event, runName: run.edit.name ?? run.name, project: run.project, finding };
    }),
    filter((notice) => notice !== null),
  );
}

/** The findings that a record brings: a detector's, or what the training script itself raised. */
function findingsOf(record: StoreRecord, runs: NoticeWorld['runs']): Finding[] {
  if (record.kind === 'finding') return [record.finding];
  if (record.kind !== 'line' || record.line.kind !== 'alert') return [];
  const { run, writer, seqs } = record;
  const finding = runs.get(run)?.findings.get(alertId(run, writer, seqs.from));
  return finding ? [finding] : [];
}
