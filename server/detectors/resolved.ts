import type { Said } from '../detector.ts';

/** Says that what a finding told of holds no longer. */
export function resolved(
  title: string,
  more: Partial<Pick<Said, 'key' | 'from' | 'epoch' | 'at' | 'evidence'>>,
): Said {
  return {
    status: 'resolved',
    severity: 'info',
    from: 0,
    epoch: null,
    title,
    verdict: '',
    evidence: {},
    advice: [],
    ...more,
  };
}
