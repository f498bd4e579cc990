import type { OpenVerdict } from './ledger.ts';

/**
 * What a detector's finding explains of those of others that began no earlier. A learning rate that is too high makes a
 * loss swing, spike, run away and become NaN; weights that are stuck or run away make validation wander.
 */
const EXPLAINS: Readonly<Record<string, readonly string[]>> = {
  divergence: ['non-finite', 'oscillation', 'spike', 'plateau', 'best-epoch', 'gap', 'not-converged'],
  plateau: ['oscillation', 'best-epoch', 'gap', 'not-converged'],
  oscillation: ['spike', 'best-epoch', 'gap', 'not-converged'],
};

/**
 * Puts first the finding that explains the first, and so on to the beginning of the chain. A remark explains nothing.
 * @param open gravest first
 */
export function causeFirst(open: readonly OpenVerdict[]): readonly OpenVerdict[] {
  let lead = open.at(0);
  while (lead) {
    const { detector, from } = lead;
    const cause = open.find(
      (one) =>
        one.severity !== 'info' && one.from <= from && (EXPLAINS[one.detector] ?? []).includes(detector),
    );
    if (!cause) break;
    lead = cause;
  }
  return lead ? [lead, ...open.filter((one) => one !== lead)] : open;
}
