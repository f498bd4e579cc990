import type { Said, Window } from '../detector.ts';
import { outlook, type Outlook } from '../windows/outlook.ts';
import type { Validations } from '../windows/validations.ts';
import type { Gained, Level } from './best-epoch-level.ts';
import { resolved } from './resolved.ts';
import { signOf } from './sign.ts';
import { atEpoch, epochWord, nameOf, number, percent } from './words.ts';

/** By how much, and how surely, validation is worse than it was at its best. */
export interface Rise {
  /** Above the lowest level. */
  readonly rise: number;
  readonly share: number;
  readonly errors: number;
  readonly trend: number;
  readonly trainTrend: number | null;
  /** Bins of the window by which it is sure, the noise of one, and the lowest level of its latter half. */
  readonly span: number;
  readonly sigma: number;
  readonly low: number;
}

/** Validation has risen for good. */
export function passed(follows: Validations, window: Window, at: number, found: Rise): Said {
  const { validation, training } = window;
  const sign = signOf(validation);
  const best = follows.best!;
  const [worse, better] = sign > 0 ? ['risen', 'falling'] : ['fallen', 'rising'];
  const when = atEpoch(best.step, best.epoch);
  const while_ = training === null ? '' : ` while training kept ${better}`;
  const since = follows.seen - 1 - best.index;
  const cost = since / follows.seen;
  const again = gainOf(follows, found, since);
  return {
    status: 'open',
    severity: 'warning',
    ...(training !== null && { series: [training] }),
    from: best.step,
    epoch: best.epoch,
    at,
    title: `${nameOf(validation)} has ${worse} ${percent(found.share)} since ${when}${while_}`,
    verdict: `Best ${epochWord(best.step, best.epoch)}: stop`,
    evidence: {
      'best value': sign * best.value,
      'value now': window.value,
      'worse, per cent': 100 * found.share,
      'worse, standard errors': found.errors,
      'validations since the best': since,
      'cost of as long again, per cent of the run': 100 * cost,
      'gain expected from it, per cent': 100 * again.expected,
      'gain at most from it (95 %), per cent': 100 * again.most,
      'regret if stopped now, per cent': 100 * gainOf(follows, found, follows.seen).expected,
      'trend of validation, z': sign * found.trend,
      'trend of training, z': found.trainTrend === null ? null : sign * found.trainTrend,
    },
    advice: [
      `Stop and keep the checkpoint of ${when} (${number(sign * best.value)}): what is learnt since does not carry over to validation, and as long again would take ${percent(cost)} more training to gain ${percent(again.expected)}`,
      'Regularise more (weight decay, dropout, augmentation) or add data: training still improves, so capacity is not what is missing',
      'If the schedule still has a drop of the learning rate ahead, wait for it: validation often improves once more after one',
    ],
  };
}

/** What so many more validations may gain, as shares of the level, by the line of the window in which the rise is sure. */
function gainOf(
  { values, width }: Validations,
  { rise, share, span, sigma, low }: Rise,
  more: number,
): Outlook {
  const scale = rise / share;
  const lowError = 1.1 * sigma * Math.sqrt(2 / span);
  const { expected, most } = outlook(values.slice(-span), sigma, low, lowError, more / width);
  return { expected: expected / scale, most: most / scale };
}

/** Validation has been level for as long as it took to get there. */
export function level(
  { seen, best }: Validations,
  { validation, value }: Window,
  at: number,
  gained: Gained,
  { since, most }: Level,
  worth: number,
): Said {
  const { value: lowest, step, epoch, index } = best!;
  const sign = signOf(validation);
  const when = atEpoch(step, epoch);
  return {
    status: 'open',
    severity: 'info',
    from: step,
    epoch,
    at,
    title: `${nameOf(validation)} has not improved by ${percent(worth)} since ${atEpoch(gained.step, gained.epoch)}, for as long as it took until then`,
    verdict: `Best ${epochWord(step, epoch)}: stop`,
    evidence: {
      'best value': sign * lowest,
      'value now': value,
      'validations since the best': seen - 1 - index,
      'validations since it gained': since,
      'gain at most from as many again (95 %), per cent': 100 * most,
    },
    advice: [
      `Stop and keep the checkpoint of ${when} (${number(sign * lowest)}): as long again would bring ${percent(most)} at the best`,
      'If the schedule still has a drop of the learning rate ahead, wait for it: validation often improves once more after one',
    ],
  };
}

/** Validation and training are no numbers any more. */
export function gone(
  follows: Validations,
  { validation, training, value }: Window,
  at: number,
  lost: number,
): Said {
  const { value: best, step, epoch, index } = follows.best!;
  const when = atEpoch(step, epoch);
  return {
    status: 'open',
    severity: 'warning',
    ...(training !== null && { series: [training] }),
    from: step,
    epoch,
    at,
    title: `${nameOf(validation)} was best at ${when}, and has not been a number for ${lost} validations`,
    verdict: `Best ${epochWord(step, epoch)}: stop`,
    evidence: {
      'best value': signOf(validation) * best,
      'value now': value,
      'validations since the best': follows.seen - 1 - index,
      'regret if stopped now, per cent': 0,
    },
    advice: [
      `Stop and keep the checkpoint of ${when}: weights that have become NaN do not come back`,
      'Lower the learning rate or clip the gradient norm before the next start',
    ],
  };
}

/** The best is not past after all. */
export function over({ best }: Validations, { value }: Window, at: number, title: string): Said {
  return resolved(title, { at, from: best!.step, epoch: best!.epoch, evidence: { 'value now': value } });
}
