import type { Firing } from '../shared/backtest.ts';
import type { Finding } from '../shared/finding.ts';

/** Begins the ids of findings that a detector, set otherwise, would have said. */
const TRIAL = 'trial/';

/** What would have been said, as findings to be drawn; "resolved" and "open" as they would be. */
export function trialFindings(detector: string, firings: readonly Firing[]): Finding[] {
  return firings.map((firing) => ({
    ...firing,
    id: TRIAL + firing.id,
    detector,
    attempt: 0,
    time: 0,
    evidence: {},
    advice: [],
  }));
}

export function isTrial({ id }: Pick<Finding, 'id'>): boolean {
  return id.startsWith(TRIAL);
}
