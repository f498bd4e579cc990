import type { Finding } from '../../shared/finding.ts';
import type { AlertLine } from '../../shared/lines.ts';

/** Where the run is when the line comes. */
interface Standing {
  readonly step: number | null;
  readonly epoch: number | null;
  /** The attempt of each rank. */
  readonly attempts: ReadonlyMap<number, number>;
}

/** The id of the finding that an alert line becomes. */
export function alertId(run: string, writer: string, seq: number): string {
  return `${run}/alert/${writer}/${seq}`;
}

/** What the training script itself said, as a finding beside the detectors'. */
export function alertFinding(
  id: string,
  run: string,
  line: AlertLine,
  { step, epoch, attempts }: Standing,
  at: number,
): Finding {
  const where = line.step ?? step ?? 0;
  return {
    id,
    run,
    attempt: attempts.get(0) ?? 0,
    detector: 'trainer',
    severity: line.level ?? 'warning',
    status: 'open',
    series: [],
    from: where,
    step: where,
    until: where,
    epoch,
    time: line.time ?? at,
    title: line.title,
    evidence: {},
    advice: line.text ? [line.text] : [],
  };
}
