import type { Finding } from './finding.ts';

/**
 * Findings that call for a person while they are open: critical ones, the best epoch being past, and what the
 * training script itself raised above mere information.
 */
export function isAlert({ severity, detector, status }: Finding): boolean {
  return status === 'open' && calls({ severity, detector });
}

/** Whether a finding calls, or called, for a person, open or not. */
export function calls({ severity, detector }: Pick<Finding, 'severity' | 'detector'>): boolean {
  return (
    severity === 'critical' || detector === 'best-epoch' || (detector === 'trainer' && severity === 'warning')
  );
}

/** What people have said of alerts, the same for every page and for the webhooks. */
export interface AlertMarks {
  /** Server's time at which a finding was acknowledged, by its id, in seconds since 1970. */
  readonly acknowledged: Readonly<Record<string, number>>;
  /** Until when a finding is not to call, by its id. */
  readonly snoozed: Readonly<Record<string, number>>;
  readonly muted: {
    /** Names of detectors. */
    readonly detectors: readonly string[];
    /** Ids of runs. */
    readonly runs: readonly string[];
  };
}

export const NO_MARKS: AlertMarks = { acknowledged: {}, snoozed: {}, muted: { detectors: [], runs: [] } };

export type AlertState = 'open' | 'acknowledged' | 'snoozed' | 'muted' | 'resolved';

/** Where an alert is in its life. @param now server's time, in seconds since 1970 */
export function alertState(finding: Finding, marks: AlertMarks, now: number): AlertState {
  if (finding.status === 'resolved') return 'resolved';
  if (marks.muted.detectors.includes(finding.detector) || marks.muted.runs.includes(finding.run))
    return 'muted';
  if (Object.hasOwn(marks.acknowledged, finding.id)) return 'acknowledged';
  if (Object.hasOwn(marks.snoozed, finding.id) && marks.snoozed[finding.id] > now) return 'snoozed';
  return 'open';
}
