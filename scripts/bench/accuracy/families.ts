/** What a family draws: both curves without noise, and the factor of the noise, by epoch. */
export interface Shape {
  readonly train: (epoch: number) => number;
  readonly val: (epoch: number) => number;
  /** Noise relative to that at the full learning rate. */
  readonly calm?: (epoch: number) => number;
  /** Correlation of the noise of one epoch with the next. */
  readonly memory?: number;
  readonly spike?: { readonly share: number; readonly height: number };
  /** Noise of training relative to that of validation. */
  readonly trainNoise?: number;
}

/** Training histories of one kind, with what is true of them by construction. */
export interface Family {
  /** Whether validation without its noise ends at least 10 % above its lowest; where not, it ends at its lowest. */
  readonly overfit: boolean;
  /** Can hardly be told from its opposite while it runs; reported apart. */
  readonly hard?: boolean;
  readonly draw: (between: Between, length: number) => Shape;
}

/** A number drawn evenly between two. */
export type Between = (low: number, high: number) => number;

const { exp, max, min, PI, cos } = Math;

/** From 0 at `from` to 1 at `to`, as a power. */
function ramp(epoch: number, from: number, to: number, power = 1): number {
  return (max(0, epoch - from) / (to - from)) ** power;
}

/** Validation that falls to 1, and rises from `best` on to 1 + `rise`; training goes on falling. */
export function turning(between: Between, length: number, best: number, rise: number): Shape {
  const pace = best / between(3, 5);
  const height = between(0.5, 2);
  const power = between(0.7, 1.5);
  const fall = between(0.5, 0.9);
  return {
    train: (t) => 1.1 + height * exp(-t / pace) - fall * (1 - exp((-2 * t) / length)),
    val: (t) => 1 + height * exp(-t / pace) + rise * ramp(t, best, length, power),
  };
}

/** Steps down at a half and three quarters: `drop` is what validation gains by the first, `rise` what comes after. */
export function stepped(between: Between, length: number, before: number, drop: number, rise: number): Shape {
  const first = Math.round(length * between(0.4, 0.6));
  const second = Math.round(length * between(0.7, 0.85));
  const pace = (0.1 * length) / between(1, 3);
  const fast = between(0.5, 2);
  const height = between(0.3, 1);
  const low = between(0.03, 0.2) * length;
  return {
    train: (t) => {
      const high = 0.9 + height * exp(-t / pace) - 0.08 * ramp(t, 0, length);
      if (t < first) return high;
      const down = 0.35 * (1 - exp(-(t - first) / fast)) + 0.25 * (1 - exp(-(t - first) / (0.3 * length)));
      return high - down - (t < second ? 0 : 0.1 * (1 - exp(-(t - second) / fast)));
    },
    val: (t) => {
      const high = 1 + height * exp(-t / pace) + before * ramp(min(t, first), 0.15 * length, first);
      if (t < first) return high;
      const lower = high * (1 - drop * (1 - exp(-(t - first) / fast)));
      const risen = rise * (1 - drop) * (1 - exp(-max(0, t - first - 2 * fast) / (3 * low)));
      return lower + risen - (t < second || rise > 0 ? 0 : 0.02 * (1 - exp(-(t - second) / fast)));
    },
    calm: (t) => (t < first ? 1 : t < second ? 0.35 : 0.25),
  };
}

/** By name. Lengths are in epochs; losses are in shares of the lowest validation loss, about 1. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  'U, steep': { overfit: true, draw: (b, n) => turning(b, n, n * b(0.08, 0.5), b(0.3, 1.5)) },
  'U, slow': { overfit: true, draw: (b, n) => turning(b, n, n * b(0.1, 0.5), b(0.1, 0.25)) },
  'U at the end': { overfit: true, draw: (b, n) => turning(b, n, n * b(0.6, 0.75), b(0.15, 0.5)) },
  'drop, then rise': {
    overfit: true,
    draw: (b, n) => stepped(b, n, b(-0.04, 0.02), b(0.1, 0.35), b(0.12, 0.5)),
  },
  'cosine, then rise': {
    overfit: true,
    draw: (b, n) => ({
      ...turning(b, n, n * b(0.5, 0.75), b(0.12, 0.4)),
      calm: (t) => max(0.15, 0.5 + 0.5 * cos((PI * t) / n)),
    }),
  },
  'warm-up, then U': {
    overfit: true,
    draw: (b, n) => {
      const shape = turning(b, n, n * b(0.25, 0.5), b(0.15, 0.8));
      const warm = n * b(0.03, 0.1);
      const from = (of: (epoch: number) => number) => (t: number) =>
        of(max(0, t - warm)) + (t < warm ? 0.1 * ramp(t, 0, warm) : 0.1 * exp(-(t - warm) / 2));
      return { train: from(shape.train), val: from(shape.val) };
    },
  },
  flat: { overfit: false, draw: (b, n) => turning(b, n, n * b(0.1, 0.5), 0) },
  'flat, wandering': {
    overfit: false,
    draw: (b, n) => ({ ...turning(b, n, n * b(0.1, 0.4), 0), memory: b(0.3, 0.6) }),
  },
  'flat, spikes': {
    overfit: false,
    draw: (b, n) => ({
      ...turning(b, n, n * b(0.1, 0.5), 0),
      spike: { share: b(0.03, 0.12), height: b(0.1, 1) },
    }),
  },
  falling: {
    overfit: false,
    draw: (b) => {
      const [power, floor] = [b(0.3, 0.7), b(0.1, 0.5)];
      return { train: (t) => (t + 1) ** -power, val: (t) => floor + (t + 1) ** -power };
    },
  },
  'flat, dropout': {
    overfit: false,
    draw: (b, n) => {
      const shape = turning(b, n, n * b(0.1, 0.5), 0);
      const above = b(0.3, 0.6);
      return { ...shape, train: (t) => shape.val(t) + above - 0.1 * ramp(t, 0, n), trainNoise: 1.5 };
    },
  },
  'drop, then flat': {
    overfit: false,
    draw: (b, n) => stepped(b, n, b(-0.04, 0.02), b(0.08, 0.35), 0),
  },
  'cosine, falling': {
    overfit: false,
    draw: (b, n) => {
      const shape = turning(b, n, n * b(0.1, 0.4), 0);
      const gain = b(0.05, 0.3);
      return {
        train: shape.train,
        val: (t) => shape.val(t) - gain * 0.5 * (1 - cos((PI * t) / n)),
        calm: (t) => max(0.1, 0.5 + 0.5 * cos((PI * t) / n)),
      };
    },
  },
  'slow rise, then a drop': {
    overfit: false,
    hard: true,
    draw: (b, n) => stepped(b, n, b(0.04, 0.1), b(0.15, 0.35), 0),
  },
  'double descent': {
    overfit: false,
    hard: true,
    draw: (b, n) => {
      const shape = turning(b, n, n * b(0.08, 0.15), 0);
      const [peak, wide, high, later] = [n * b(0.3, 0.45), n * b(0.06, 0.12), b(0.05, 0.3), b(0.1, 0.3)];
      return {
        train: shape.train,
        val: (t) =>
          shape.val(t) +
          high * exp(-(((t - peak) / wide) ** 2) / 2) -
          later * ramp(max(t, peak), peak, n, 0.6),
      };
    },
  },
  'flat, wandering far': {
    overfit: false,
    hard: true,
    draw: (b, n) => ({ ...turning(b, n, n * b(0.1, 0.4), 0), memory: b(0.6, 0.85) }),
  },
};
