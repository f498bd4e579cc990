import type { Range } from '../../shared/range.ts';

const COUNT: Range = { least: 1, most: 1e9, whole: true };
const SHARE: Range = { least: 0, most: 1 };
const SIZE: Range = { least: 0, most: 1e9 };

/** The range of every parameter by its name: a name means the same in every detector. */
export const RANGES: Readonly<Record<string, Range>> = {
  /** Points or validations in a row, or since the best, before something is said. */
  patience: COUNT,
  /** Points or validations before anything is said. */
  warmup: COUNT,
  /** Points in a row after which it is over. */
  recovery: COUNT,
  /** Share of the run that is looked at. */
  window: SHARE,
  /** Share of what was gained. */
  loss: SHARE,
  share: SHARE,
  worth: SHARE,
  /** Of two losses. */
  ratio: SHARE,
  /** Standard error, as a share. */
  error: SHARE,
  /** Least value that counts. */
  floor: SIZE,
  /** Times what it was. */
  factor: { least: 1, most: 1e9 },
  /** Times by which the norms of the first and the last layer differ. */
  depth: { least: 1, most: 1e12 },
  /** Zeros in a row. */
  zeros: COUNT,
  /** Optimizer steps that something is the mean of. */
  steps: COUNT,
  /** Points that something may take. */
  budget: COUNT,
  /** Samples that a validation set is to have. */
  samples: COUNT,
  /** Change that counts, relative to a level. */
  minDelta: SIZE,
  maxDelta: SIZE,
  margin: SIZE,
  level: SIZE,
  gpuLevel: SIZE,
  growth: SIZE,
  /** Standard errors, and z of a trend. */
  errors: SIZE,
  trend: SIZE,
  trainTrend: SIZE,
};

/** The range of a parameter; one without a range takes any size. */
export function rangeOf(parameter: string): Range {
  return RANGES[parameter] ?? SIZE;
}

/** What is wrong with a value, as "must be …"; null when nothing is. */
export function breaksRange(parameter: string, value: number): string | null {
  const { least, most, whole } = rangeOf(parameter);
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return null;
  return `${whole ? 'a whole number' : 'a number'} from ${least} to ${most}`;
}
