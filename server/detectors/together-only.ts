import type { PointDetector } from '../detector.ts';

/** The part of a detector that looks at no series by itself, only at several taken together. */
export const TOGETHER_ONLY = {
  input: 'points',
  subject: 'run',
  watches: () => false,
  start: () => null,
  update: (state) => ({ state, says: [] }),
} as const satisfies Omit<PointDetector<null>, 'name' | 'parameters'>;
