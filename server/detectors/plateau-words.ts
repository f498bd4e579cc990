import type { Points, Said } from '../detector.ts';
import { isNowhere, scaleOf, stopsHigh, type Kind, type Look } from './plateau-look.ts';
import { resolved } from './resolved.ts';
import { signOf } from './sign.ts';
import { atEpoch, nameOf, number, percent } from './words.ts';

/** Says that a loss has stopped improving. */
export function flat(
  kind: Kind,
  severity: Said['severity'],
  look: Look,
  { binding }: Points,
  at: number,
  dropped: boolean,
): Said {
  const { step, epoch, level, gain, first } = look;
  const sign = signOf(binding);
  const when = atEpoch(step, epoch);
  const name = nameOf(binding);
  const nowhere = isNowhere(look);
  const evidence = {
    level: sign * level,
    'first value': sign * first,
    'gained in the latest window, per cent of all gained':
      gain > 0 ? (100 * (look.earlier - level)) / gain : 0,
    'gained after the first twentieth of the run, per cent of all gained': 100 * look.late,
  };
  if (kind === 'creeping') {
    return {
      status: 'open',
      severity,
      from: 0,
      epoch: null,
      at,
      title: `${name} hardly moves: it ${sign > 0 ? 'falls' : 'rises'} steadily, but by ${percent(gain / scaleOf(look))} of the first value in the whole run`,
      verdict: 'Hardly learning: raise the learning rate by 10 times',
      evidence,
      advice: [
        'Raise the learning rate by 10 times: it may be too low, for the loss moves the right way at every step and gets nowhere',
        'Check that the learning rate’s warm-up is short against the run, and that the loss is not divided twice (by batch and by accumulation)',
        'Look at the gradient norms: if they are tiny, the initialisation or a saturated layer is the cause',
      ],
    };
  }
  if (kind === 'converged') {
    const high = stopsHigh(look);
    return {
      status: 'open',
      severity,
      from: step,
      epoch,
      at,
      title: `${name} has stopped improving since ${when}, at ${number(sign * level)}`,
      verdict: `Converged since ${when}: ${dropped ? 'stop, or lower the learning rate once more' : 'lower the learning rate, or stop'}`,
      evidence,
      advice: [
        ...(high
          ? [
              `Raise the learning rate by 3 to 10 times: it may be too low, for the loss came down slowly and stopped at ${percent(level / first)} of the first value; small steps halt at the first flat stretch`,
            ]
          : []),
        dropped
          ? 'Stop if the level is good enough: the learning rate has been lowered and the loss is flat since'
          : 'Lower the learning rate by 3 to 10 times: a loss that is flat at a constant rate often falls once more',
        'If the level is too high, use a larger model or train with less regularisation: this one has learnt what it can',
      ],
    };
  }
  return {
    status: 'open',
    severity,
    from: step,
    epoch,
    at,
    title: nowhere
      ? `${name} has not moved since the start: ${number(sign * level)} against ${number(sign * first)}`
      : `${name} fell at once and is stuck at ${number(sign * level)} since ${when}`,
    verdict: nowhere
      ? `Not learning: ${name.toLowerCase()} has not moved since the start`
      : `Stuck since ${when}: try a lower learning rate`,
    evidence,
    advice: [
      'Lower the learning rate by 10 times: steps that are too large throw the weights into a dead or saturated region at once',
      nowhere
        ? 'If it is already low, raise it by 10 times, and check that the optimizer is stepped and that gradients are not zero'
        : 'Check for dead units (initialisation, normalisation) if a lower rate stops at the same level',
      `Compare the level with that of always predicting the mean or the most frequent class: at that level, look at labels and inputs`,
    ],
  };
}

/** Says that it improves again. */
export function moves({ level }: Look, { binding }: Points, at: number): Said {
  return resolved(`${nameOf(binding)} improves again: ${number(signOf(binding) * level)}`, { at });
}
