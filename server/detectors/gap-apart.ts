import type { Said, Window } from '../detector.ts';
import { median } from '../windows/median.ts';
import { atEpoch, nameOf, number, percent } from './words.ts';

/**
 * Two losses that are far apart, whether or not the gap still grows.
 *
 * Shifted: when training had halved its first level, validation was at least `EARLY` times as high already, and has
 * stayed so, and is still above a quarter of that first level. A network that has seen each sample a few times only does
 * nearly as well on others of the same kind, so a gap that early is not learning by heart.
 *
 * Learnt: training is below a fiftieth of its first level, validation at least ten times as high as training and above
 * `HEIGHT` of where it began: the samples are known by heart, and what they have in common is not.
 *
 * Apart: over the latter half validation was `FAR` times as high as training.
 */
export interface Apart {
  readonly kind: 'shifted' | 'learnt' | 'apart';
  /** Levels now. */
  readonly value: number;
  readonly train: number;
  readonly ratio: number;
  readonly step: number;
  readonly epoch: number | null;
}

/** Quotient of validation and training that counts early, and later; and below which it is over. */
const EARLY = 2;
const FAR = 4;
export const TOGETHER = 1.5;
/** Levels of training by which it has learnt something, and by which it has learnt all, as shares of its first. */
const HALVED = 0.5;
const LEARNT = 0.02;
/** Level of validation, as a share of where it began, above which it has not learnt the same. */
const HEIGHT = 0.15;

/**
 * Judges two losses above zero by their levels, oldest first.
 * @returns null where they are not far apart
 */
export function apartness(
  values: readonly number[],
  trains: readonly number[],
  steps: readonly number[],
  epochs: readonly (number | null)[],
): Apart | null {
  const value = median(values.slice(-5));
  const train = median(trains.slice(-5));
  if (!(train > 0) || !(value > EARLY * train)) return null;
  const ratio = value / train;
  const quotients = values.map((one, i) => one / Math.max(trains[i], Number.MIN_VALUE));
  const found = (kind: Apart['kind'], from: number): Apart => {
    return { kind, value, train, ratio, step: steps[from], epoch: epochs[from] };
  };
  const halved = trains.findIndex((one) => one <= HALVED * trains[0]);
  const early = quotients.slice(halved, halved + 3);
  const stays = (from: number, least: number): boolean =>
    quotients.slice(from).filter((one) => one >= least).length >= 0.9 * (quotients.length - from);
  if (
    halved >= 0 &&
    early.length === 3 &&
    median(early) >= EARLY &&
    ratio >= 1.25 * EARLY &&
    value >= 0.25 * trains[0] &&
    stays(halved, TOGETHER)
  ) {
    return found('shifted', halved);
  }
  if (
    train <= LEARNT * trains[0] &&
    ratio >= 10 &&
    value >= HEIGHT * Math.min(values[0], trains[0]) &&
    quotients.slice(-5).every((one) => one >= FAR)
  ) {
    return found(
      'learnt',
      trains.findIndex((one) => one <= LEARNT * trains[0]),
    );
  }
  const half = quotients.length >> 1;
  return ratio >= FAR && median(quotients.slice(half)) >= FAR && stays(half, TOGETHER)
    ? found('apart', half)
    : null;
}

const TITLES: Readonly<Record<Apart['kind'], (found: Apart, name: string, when: string) => string>> = {
  shifted: ({ ratio, value, train }, name, when) =>
    `${name} has been far above training since ${when}, ${number(ratio)} times now: ${number(value)} against ${number(train)}`,
  learnt: ({ value, train }, name, when) =>
    `Training data are learnt by heart since ${when}, at ${number(train)}, while ${name.toLowerCase()} has stopped at ${number(value)}`,
  apart: ({ ratio, value, train }, name, when) =>
    `${name} is ${number(ratio)} times as high as training since ${when}: ${number(value)} against ${number(train)}`,
};

/** Says that two losses are far apart. */
export function farApart(found: Apart, { validation, training }: Window, at: number): Said {
  const { kind, step, epoch, value, train, ratio } = found;
  const when = atEpoch(step, epoch);
  const name = nameOf(validation);
  const split =
    'Check that training and validation come from one distribution and are preprocessed alike: a gap that is there before anything can have been learnt by heart is a shift';
  const few = `Add data, augment or regularise, or use a smaller model: training has come down to ${percent(train / value)} of validation`;
  return {
    status: 'open',
    severity: kind === 'apart' ? 'info' : 'warning',
    ...(training !== null && { series: [training] }),
    from: step,
    epoch,
    at,
    title: TITLES[kind](found, name, when),
    verdict:
      kind === 'shifted'
        ? `${name} is far above training since ${when}: check that both come from one distribution`
        : `Training is learnt by heart since ${when}, validation is not: add data or regularise`,
    evidence: { 'validation, median': value, 'training, median': train, 'validation, times training': ratio },
    advice: [
      ...(kind === 'shifted' ? [split, few] : [few, split]),
      'Check that both losses are computed alike: a mean over the same things, with the same terms and weights',
    ],
  };
}
