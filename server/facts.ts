/**
 * What a run has declared of its data in its `config`, where a curve alone cannot tell. What is not declared, or makes
 * no sense, is absent. Plain data, never mutated; later declarations add to earlier ones.
 */
export interface Facts {
  /** Classes to tell apart, at least 2; of a language model, the size of the vocabulary. */
  readonly classes?: number;
  /** Share of the most frequent class, above 0 and below 1: the accuracy of always predicting it. */
  readonly majority?: number;
  /** Entropy of the classes' shares in nats: the cross-entropy of always predicting those shares. */
  readonly entropy?: number;
  /** Samples of the training and of the validation set. */
  readonly trainSamples?: number;
  readonly validationSamples?: number;
  /** Share of units that dropout leaves out in training, above 0 and below 1. */
  readonly dropout?: number;
  /** The run is a check of the code: it trains on so many samples, which it is to learn by heart. */
  readonly overfitSamples?: number;
}

export const NO_FACTS: Facts = {};

/** The facts in a run's config; null when it declares none. */
export function factsOf(config: Readonly<Record<string, unknown>> | undefined): Facts | null {
  if (config === undefined) return null;
  const said = (snake: string, camel: string): unknown => config[snake] ?? config[camel];
  const classes = whole(config.classes, 2);
  const trainSamples = whole(said('n_train', 'nTrain'), 1);
  const validationSamples = whole(said('n_val', 'nVal'), 1);
  const overfitSamples = whole(said('samples_overfit_check', 'samplesOverfitCheck'), 1);
  const { dropout } = config;
  const facts: Facts = {
    ...(classes !== null && { classes }),
    ...prior(said('class_counts', 'classCounts')),
    ...(trainSamples !== null && { trainSamples }),
    ...(validationSamples !== null && { validationSamples }),
    ...(typeof dropout === 'number' && dropout > 0 && dropout < 1 && { dropout }),
    ...(overfitSamples !== null && { overfitSamples }),
  };
  return Object.keys(facts).length > 0 ? facts : null;
}

function whole(value: unknown, least: number): number | null {
  return Number.isSafeInteger(value) && (value as number) >= least ? (value as number) : null;
}

/** What follows from how many samples there are of each class. */
function prior(counts: unknown): Pick<Facts, 'classes' | 'majority' | 'entropy'> {
  if (!Array.isArray(counts)) return {};
  const numbers = counts.filter((count): count is number => Number.isFinite(count) && (count as number) >= 0);
  const total = numbers.reduce((sum, count) => sum + count, 0);
  const shares = numbers.map((count) => count / total).filter((share) => share > 0);
  if (numbers.length < counts.length || shares.length < 2 || !Number.isFinite(total)) return {};
  return {
    classes: counts.length,
    majority: shares.reduce((most, share) => Math.max(most, share)),
    entropy: -shares.reduce((sum, share) => sum + share * Math.log(share), 0),
  };
}
