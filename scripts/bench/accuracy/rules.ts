/**
 * A rule that stops: the index of the validation after which it stops, or null when it never does.
 * @param train one training loss an epoch
 * @param val one validation loss an epoch, equally long
 */
export type Rule = (train: Float64Array, val: Float64Array) => number | null;

export const never: Rule = () => null;

/** Calls every run overfitted, and stops it where it ends. */
export const always: Rule = (_train, val) => val.length - 1;

/** Keras' `EarlyStopping` with `min_delta` 0: stops `patience` epochs after the last improvement. */
export function patience(epochs: number): Rule {
  return (_train, val) => {
    let best = Infinity;
    let wait = 0;
    for (let i = 0; i < val.length; i++) {
      if (val[i] < best) {
        best = val[i];
        wait = 0;
      } else if (++wait >= epochs) {
        return i;
      }
    }
    return null;
  };
}

/** Prechelt's generalisation loss: stops when validation is `alpha` per cent above its minimum (Prechelt 1998). */
export function generalisationLoss(alpha: number): Rule {
  return (_train, val) => {
    let best = Infinity;
    for (let i = 0; i < val.length; i++) {
      best = Math.min(best, val[i]);
      if (100 * (val[i] / best - 1) > alpha) return i;
    }
    return null;
  };
}

/** Prechelt's quotient of generalisation loss and training progress over strips of 5 epochs. */
export function progressQuotient(alpha: number, strip = 5): Rule {
  return (train, val) => {
    let best = Infinity;
    for (let i = 0; i < val.length; i++) {
      best = Math.min(best, val[i]);
      if ((i + 1) % strip !== 0) continue;
      const latest = train.subarray(i + 1 - strip, i + 1);
      const sum = latest.reduce((total, value) => total + value, 0);
      const progress = 1000 * (sum / (strip * Math.min(...latest)) - 1);
      if ((100 * (val[i] / best - 1)) / Math.max(progress, 1e-12) > alpha) return i;
    }
    return null;
  };
}

/** Prechelt's UP: stops when validation has risen at the end of `count` successive strips of 5 epochs. */
export function risenStrips(count: number, strip = 5): Rule {
  return (_train, val) => {
    let risen = 0;
    for (let i = 2 * strip - 1; i < val.length; i += strip) {
      risen = val[i] > val[i - strip] ? risen + 1 : 0;
      if (risen >= count) return i;
    }
    return null;
  };
}

export const BASELINES: Readonly<Record<string, Rule>> = {
  always,
  never,
  'patience 5': patience(5),
  'patience 10': patience(10),
  'patience 20': patience(20),
  'patience 50': patience(50),
  'Prechelt GL5': generalisationLoss(5),
  'Prechelt PQ3': progressQuotient(3),
  'Prechelt UP3': risenStrips(3),
};
