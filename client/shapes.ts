import type { RunStatus } from '../shared/frames.ts';
import type { Severity } from '../shared/lines.ts';

/** SVG paths in a box of 16 × 16: what colour says, a shape says too. */
export const SHAPES: Readonly<Record<Severity | RunStatus, string>> = {
  /** An octagon, as of a stop sign. */
  critical: 'M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4-4V5.2z',
  /** A triangle. */
  warning: 'M8 1.5 15.2 14.2H.8z',
  /** A disc. */
  info: 'M8 2.4a5.6 5.6 0 1 1 0 11.2A5.6 5.6 0 0 1 8 2.4z',
  /** A triangle that points on. */
  running: 'M4 2.2 13.6 8 4 13.8z',
  /** A broken ring. */
  lost: 'M8 1.8a6.2 6.2 0 0 1 6.2 5.4h-2.4A3.9 3.9 0 0 0 8 4.1zM8 14.2a6.2 6.2 0 0 1-6.2-5.4h2.4A3.9 3.9 0 0 0 8 11.9z',
  /** A tick. */
  finished: 'M6.3 13.4 1.4 8.6l1.9-1.9 3 2.9 6.4-6.8 2 1.9z',
  /** A cross. */
  failed: 'M3.4 1.6 8 6.2l4.6-4.6 1.8 1.8L9.8 8l4.6 4.6-1.8 1.8L8 9.8l-4.6 4.6-1.8-1.8L6.2 8 1.6 3.4z',
  /** A square. */
  stopped: 'M3 3h10v10H3z',
};
