/**
 * Samples gathered while a training goes on. They come by the clock, however long a step takes; a mean of them tells of
 * the training once enough of its steps have been taken meanwhile. Plain data, never mutated.
 */
export interface Stretch {
  /** Samples, and their sum. */
  readonly count: number;
  readonly total: number;
  /** Times that the step had gone on from one sample to the next, and by how many steps in all. */
  readonly advances: number;
  readonly steps: number;
  /** Step and epoch (NaN where none is logged) where it begins, and the latest step; NaN before the first sample. */
  readonly step: number;
  readonly epoch: number;
  readonly last: number;
}

export const EMPTY_STRETCH: Stretch = {
  count: 0,
  total: 0,
  advances: 0,
  steps: 0,
  step: NaN,
  epoch: NaN,
  last: NaN,
};

/**
 * Adds a sample. The one before the first step of all counts for nothing: nothing is trained yet.
 * @param value finite
 */
export function gather(stretch: Stretch, value: number, step: number, epoch: number): Stretch {
  const { last } = stretch;
  if (Number.isNaN(last)) return { ...EMPTY_STRETCH, step, epoch, last: step };
  const gone = Math.max(0, step - last);
  return {
    ...stretch,
    count: stretch.count + 1,
    total: stretch.total + value,
    advances: stretch.advances + Number(gone > 0),
    steps: stretch.steps + gone,
    last: step,
  };
}

/** The stretch that begins where this one ends. */
export function next({ last }: Stretch, epoch: number): Stretch {
  return { ...EMPTY_STRETCH, step: last, epoch, last };
}
