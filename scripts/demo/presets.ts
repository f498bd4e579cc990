/** How one training of the demo is set up. */
export interface Preset {
  /** What happens to it, in a line. */
  readonly story: string;
  /** Images to train on, and the share of them whose label is drawn at random. */
  readonly training: number;
  readonly labelNoise: number;
  /** Images to validate on. */
  readonly validation: number;
  readonly hidden: number;
  /** Bias of the hidden units at the start. */
  readonly hiddenBias: number;
  readonly lr: number;
  /** Epochs in which the learning rate grows a thousandfold, to `lr`; 0: it is `lr` from the start. */
  readonly warmUp: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly batch: number;
  readonly epochs: number;
  readonly stop: 'best-epoch' | 'never';
  readonly seed: number;
}

const healthy: Preset = {
  story: 'enough data, a modest network, a fitting learning rate',
  training: 1300,
  labelNoise: 0,
  validation: 497,
  hidden: 32,
  hiddenBias: 0,
  lr: 0.005,
  warmUp: 0,
  momentum: 0.9,
  weightDecay: 2e-3,
  batch: 32,
  epochs: 60,
  stop: 'never',
  seed: 1,
};

/** The trainings of the demo, by name. */
export const PRESETS = {
  healthy,
  overfit: {
    ...healthy,
    story: 'too few images, some with wrong labels, a large network: it learns them by heart',
    training: 120,
    labelNoise: 0.3,
    hidden: 64,
    lr: 0.02,
    weightDecay: 0,
    batch: 10,
    epochs: 80,
    stop: 'best-epoch',
    seed: 2,
  },
  'learning-rate-too-high': {
    ...healthy,
    story: 'the learning rate keeps growing, and the loss runs away',
    lr: 20,
    warmUp: 30,
    weightDecay: 0,
    batch: 16,
    epochs: 40,
    seed: 3,
  },
  baseline: {
    ...healthy,
    story: 'every hidden unit is dead from the start: no better than guessing',
    hiddenBias: -30,
    weightDecay: 0,
    seed: 4,
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

export function isPresetName(name: string | undefined): name is PresetName {
  return name !== undefined && Object.hasOwn(PRESETS, name);
}
