import { stepped, turning, type Family } from './families.ts';

const { exp, log1p, max, min, PI, cos } = Math;

/**
 * Families written down after the rule of `best-epoch` was chosen, and not looked at before it was measured on them:
 * shapes that are common among published histories and missing among the others.
 */
export const UNSEEN_FAMILIES: Readonly<Record<string, Family>> = {
  'U, best within 8 epochs': {
    overfit: true,
    draw: (b, n) => {
      const [best, rise] = [b(2, 8), b(0.3, 3)];
      return {
        train: (t) => 0.02 + exp(-t / best) + 0.5 * exp((-3 * t) / n),
        val: (t) => 1 + 0.4 * exp((-3 * t) / best) + (rise * log1p((4 * max(0, t - best)) / n)) / log1p(4),
      };
    },
  },
  'U, levelling off': {
    overfit: true,
    draw: (b, n) => {
      const shape = turning(b, n, n * b(0.1, 0.4), 0);
      const [best, rise, pace] = [n * b(0.15, 0.4), b(0.12, 0.6), n * b(0.1, 0.3)];
      return { ...shape, val: (t) => shape.val(t) + rise * (1 - exp(-max(0, t - best) / pace)) };
    },
  },
  'loud until a drop, then rise': {
    overfit: true,
    draw: (b, n) => {
      const shape = stepped(b, n, 0, b(0.15, 0.4), b(0.15, 0.6));
      return { ...shape, calm: (t) => (shape.calm!(t) === 1 ? 3 : shape.calm!(t)) };
    },
  },
  'explodes early, then U': {
    overfit: true,
    draw: (b, n) => {
      const shape = turning(b, n, n * b(0.25, 0.5), b(0.2, 1));
      const [height, until] = [b(2, 20), n * b(0.03, 0.1)];
      return { ...shape, val: (t) => shape.val(t) * (1 + height * max(0, 1 - t / until)) };
    },
  },
  'training loss at zero, then rise': {
    overfit: true,
    draw: (b, n) => {
      const best = n * b(0.08, 0.3);
      const rise = b(0.2, 1);
      return {
        train: (t) => 1e-3 + exp((-4 * t) / best) + 0.05 * exp((-4 * t) / n),
        val: (t) => 1 + exp((-4 * t) / best) + (rise * log1p(max(0, t - best))) / log1p(n - best),
      };
    },
  },
  'gap without a rise': {
    overfit: false,
    draw: (b, n) => ({ ...turning(b, n, n * b(0.1, 0.3), 0), trainNoise: 0.2 }),
  },
  'rise of 1 to 2.5 % at the end': {
    overfit: false,
    draw: (b, n) => turning(b, n, n * b(0.5, 0.8), b(0.01, 0.025)),
  },
  'loud until a drop, then flat': {
    overfit: false,
    draw: (b, n) => {
      const shape = stepped(b, n, 0, b(0.1, 0.4), 0);
      return { ...shape, calm: (t) => (shape.calm!(t) === 1 ? 3 : shape.calm!(t)) };
    },
  },
  'explodes early, then flat': {
    overfit: false,
    draw: (b, n) => {
      const shape = turning(b, n, n * b(0.1, 0.4), 0);
      const [height, until] = [b(2, 20), n * b(0.03, 0.1)];
      return { ...shape, val: (t) => shape.val(t) * (1 + height * max(0, 1 - t / until)) };
    },
  },
  'warm restarts': {
    overfit: false,
    draw: (b, n) => {
      const shape = turning(b, n, n * b(0.1, 0.3), 0);
      const [cycles, swing, gain] = [Math.round(b(2, 5)), b(0.05, 0.3), b(0.1, 0.3)];
      // Both losses are higher while the learning rate is.
      const rate = (t: number): number => 0.5 + 0.5 * cos(PI * (((cycles * min(t, n - 1)) / n) % 1));
      const add = (t: number): number => swing * rate(t) - (gain * t) / n;
      return {
        train: (t) => shape.train(t) + add(t),
        val: (t) => shape.val(t) + add(t),
        calm: (t) => max(0.2, rate(t)),
      };
    },
  },
};
