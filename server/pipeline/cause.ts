import type { OpenVerdict } from './ledger.ts';

/**
 * What a detector's finding explains of those of others that were first said no earlier than it began.
 *
 * A learning rate that is too high makes a loss swing, spike, run away and become NaN, and keeps it where it began;
 * weights that are stuck or run away make validation wander. A validation set of a handful of samples may swing, lie
 * above training or below it. A faulty memory makes numbers that are none; a machine without room ends the trainer; heat
 * and a loader that is late slow its steps.
 */
const CAUSES: Readonly<Record<string, readonly string[]>> = {
  divergence: ['non-finite', 'oscillation', 'spike', 'plateau', 'best-epoch', 'gap', 'not-converged'],
  'validation-noise': ['baseline', 'oscillation', 'best-epoch', 'gap', 'validation-easier'],
  baseline: ['not-converged'],
  plateau: ['oscillation', 'best-epoch', 'gap', 'not-converged'],
  oscillation: ['baseline', 'spike', 'not-converged'],
  'ecc-errors': ['non-finite', 'divergence', 'spike'],
  'disk-full': ['stall'],
  memory: ['stall', 'slow-down'],
  throttling: ['slow-down'],
  'data-wait': ['gpu-idle', 'slow-down'],
  'gpu-idle': ['slow-down'],
};

/**
 * What it explains of those of others whenever they were said: validation that is apart from a training which goes on
 * falling, or is better than training, does not swing for steps that are too large.
 */
const EXPLAINS: Readonly<Record<string, readonly string[]>> = {
  'best-epoch': ['oscillation', 'not-converged'],
  gap: ['oscillation', 'not-converged'],
  'validation-easier': ['oscillation'],
};

/**
 * Puts first the finding that explains the first, and so on to the beginning of the chain. A remark explains nothing.
 * @param open gravest first
 */
export function causeFirst(open: readonly OpenVerdict[]): readonly OpenVerdict[] {
  let lead = open.at(0);
  while (lead) {
    const { detector, said } = lead;
    const cause = open.find(
      ({ severity, from, detector: other }) =>
        severity !== 'info' &&
        ((from <= said && (CAUSES[other] ?? []).includes(detector)) ||
          (EXPLAINS[other] ?? []).includes(detector)),
    );
    if (!cause) break;
    lead = cause;
  }
  return lead ? [lead, ...open.filter((one) => one !== lead)] : open;
}
