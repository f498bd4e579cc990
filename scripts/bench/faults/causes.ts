/**
 * Which detectors name the cause of a fault: the first cause of a run counts as right when it is one of them. A fault is
 * what was done to the run; a detector sees what that does to its curves. So each row is what an expert who knows the
 * fault would accept as its description, and no more: a learning rate that blows the loss up is divergence, not a gap.
 */
export const RIGHT_CAUSES = {
  'lr-too-high': ['divergence', 'non-finite', 'oscillation', 'spike', 'plateau', 'baseline', 'gradients'],
  'lr-too-low': ['not-converged'],
  'no-gradient-clipping': ['gradients', 'divergence', 'non-finite', 'spike', 'oscillation'],
  'log-of-zero': ['non-finite'],
  'dead-relu-init': ['baseline', 'plateau', 'gradients'],
  'shuffled-labels': ['baseline', 'best-epoch', 'gap'],
  'label-noise': ['best-epoch', 'gap'],
  'validation-too-small': ['validation-noise'],
  'validation-easier': ['validation-easier'],
  'distribution-shift': ['gap', 'best-epoch', 'baseline'],
  'too-small-model': ['plateau', 'baseline'],
  'too-little-data': ['best-epoch', 'gap'],
  'frozen-layer': ['plateau', 'baseline', 'gradients', 'not-converged'],
  'optimizer-without-step': ['plateau', 'baseline', 'gradients'],
  'missing-normalisation': [
    'divergence',
    'non-finite',
    'baseline',
    'plateau',
    'oscillation',
    'spike',
    'gradients',
    'not-converged',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Whether a detector names what was done. */
export function isRight(fault: string, detector: string | null): boolean {
  const causes: Readonly<Record<string, readonly string[]>> = RIGHT_CAUSES;
  return detector !== null && Object.hasOwn(causes, fault) && causes[fault].includes(detector);
}
