import { Subject } from 'rxjs';
import type { Finding } from '../../shared/finding.ts';
import { type Analysis, analyse } from '../pipeline/pipeline.ts';
import type { Recording } from './recording.ts';

/** What the pipeline makes of a recorded run. */
export interface Diagnosis {
  readonly recording: Recording;
  /** Every finding in its last form, in the order they were first said. */
  readonly findings: readonly Finding[];
  /** The run as it stands at its end; null when the file held nothing to judge. */
  readonly analysis: Analysis | null;
  /** The step at which stopping was first advised; null: never. */
  readonly stop: number | null;
}

/** Runs the pipeline over a recorded run, as it would have run over the same points live. */
export function diagnose(recording: Recording): Diagnosis {
  const findings = new Map<string, Finding>();
  let last: Analysis | null = null;
  let stop: number | null = null;
  const inputs = new Subject<Recording['inputs'][number]>();
  inputs.pipe(analyse()).subscribe((analysis) => {
    last = analysis;
    for (const finding of analysis.findings) {
      findings.set(finding.id, finding);
      if (finding.detector === 'best-epoch' && finding.status === 'open') stop ??= finding.step;
    }
  });
  for (const input of recording.inputs) inputs.next(input);
  inputs.complete();
  return { recording, findings: [...findings.values()], analysis: last, stop };
}
