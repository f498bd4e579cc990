import type { Between } from '../families.ts';

/** The curves of one run without noise, by step; the losses are about 1 at first. */
export interface Drawn {
  readonly train: (step: number) => number;
  readonly val: (step: number) => number;
  readonly norm?: (step: number) => number;
  /** Seconds that a step takes. */
  readonly pace?: (step: number) => number;
  /** Times the usual noise of validation. */
  readonly unsure?: number;
  /** Share of the points that are hard batches, twice to four times as high. */
  readonly hard?: number;
}

/** A kind of run with what is true of it by construction. */
export interface Kind {
  /** Which detector is to speak; null: the run is healthy, and none should warn. */
  readonly detector: string | null;
  /** Shares of the run between which it begins. */
  readonly onset: readonly [number, number];
  /** @param unit steps between two validations; @param onset the step where it begins */
  readonly draw: (between: Between, steps: number, unit: number, onset: number) => Drawn;
}

const { exp, max, PI, cos, sin } = Math;

/** A loss that falls by a power law to a floor; validation lies a little above, and follows. */
function law(between: Between, steps: number): Drawn {
  const [power, floor, above] = [between(0.3, 0.6), between(0.1, 0.3), between(1.03, 1.15)];
  const train = (t: number): number => floor + (1 + (1000 * t) / steps) ** -power;
  return { train, val: (t) => above * train(t) };
}

function both({ train, val }: Drawn, change: (loss: number, step: number) => number): Drawn {
  return { train: (t) => change(train(t), t), val: (t) => change(val(t), t) };
}

const HEALTHY: Kind['onset'] = [0, 0];
const MIDWAY: Kind['onset'] = [0.3, 0.6];

/** By name. */
export const KINDS: Readonly<Record<string, Kind>> = {
  'power law': { detector: null, onset: HEALTHY, draw: (b, n) => law(b, n) },
  'exponential, then flat': {
    detector: null,
    onset: HEALTHY,
    draw: (b, n) => {
      const [pace, floor] = [n * b(0.05, 0.2), b(0.1, 0.3)];
      const train = (t: number): number => floor + exp(-t / pace);
      return { train, val: (t) => 1.08 * train(t) };
    },
  },
  'drops of the rate': {
    detector: null,
    onset: HEALTHY,
    draw: (b, n) => {
      const down = b(0.1, 0.4);
      return both(law(b, n), (loss, t) => loss * (t > 0.5 * n ? 1 - down : 1) * (t > 0.75 * n ? 0.95 : 1));
    },
  },
  'cosine schedule': {
    detector: null,
    onset: HEALTHY,
    draw: (b, n) => {
      const gain = b(0.1, 0.4);
      return both(law(b, n), (loss, t) => loss * (1 - gain * 0.5 * (1 - cos((PI * t) / n))));
    },
  },
  'lone hard batches': {
    detector: null,
    onset: HEALTHY,
    draw: (b, n) => ({ ...law(b, n), hard: b(0.0005, 0.003) }),
  },
  'spike that recovers': {
    detector: 'spike',
    onset: MIDWAY,
    draw: (b, n, unit, onset) => {
      const [height, pace] = [b(2, 8), max(1.5, unit * b(0.1, 0.5))];
      return both(law(b, n), (loss, t) => (t < onset ? loss : loss * (1 + height * exp((onset - t) / pace))));
    },
  },
  'jump for good': {
    detector: 'divergence',
    onset: MIDWAY,
    draw: (b, n, _unit, onset) => {
      const up = b(0.7, 1.5);
      return both(law(b, n), (loss, t) => (t < onset ? loss : loss + up));
    },
  },
  'runs away': {
    detector: 'divergence',
    onset: MIDWAY,
    draw: (b, n, unit, onset) => {
      const pace = unit * b(2, 5);
      return both(law(b, n), (loss, t) => (t < onset ? loss : loss * exp(Math.min(20, (t - onset) / pace))));
    },
  },
  'not a number': {
    detector: 'non-finite',
    onset: MIDWAY,
    draw: (b, n, _unit, onset) => both(law(b, n), (loss, t) => (t < onset ? loss : NaN)),
  },
  'stuck from the start': {
    detector: 'plateau',
    onset: HEALTHY,
    draw: () => ({ train: () => 1, val: () => 1 }),
  },
  'U of validation': {
    detector: 'best-epoch',
    onset: [0.2, 0.5],
    draw: (b, n, _unit, onset) => {
      const shape = law(b, n);
      const rise = b(0.3, 1);
      return {
        ...shape,
        val: (t) => shape.val(Math.min(t, onset)) * (1 + rise * max(0, (t - onset) / (n - onset))),
      };
    },
  },
  'gap that grows': {
    detector: 'gap',
    onset: [0.2, 0.3],
    draw: (b, n, _unit, onset) => {
      const shape = law(b, n);
      const fall = b(0.6, 0.9);
      return {
        train: (t) => shape.train(t) * (1 - fall * max(0, (t - onset) / (n - onset))),
        val: (t) => shape.val(Math.min(t, onset)),
      };
    },
  },
  oscillation: {
    detector: 'oscillation',
    onset: MIDWAY,
    draw: (b, n, unit, onset) => {
      const [swing, period] = [b(0.3, 0.6), unit * b(2.5, 6)];
      return both(law(b, n), (loss, t) =>
        t < onset ? loss : loss * (1 + swing * sin((2 * PI * t) / period)),
      );
    },
  },
  'validation unsure': {
    detector: 'validation-noise',
    onset: HEALTHY,
    draw: (b, n) => ({ ...law(b, n), unsure: 20 }),
  },
  'validation easier': {
    detector: 'validation-easier',
    onset: HEALTHY,
    draw: (b, n) => {
      const { train } = law(b, n);
      const easier = b(0.2, 0.45);
      return { train, val: (t) => easier * train(t) };
    },
  },
  'stopped while falling': {
    detector: 'not-converged',
    onset: [1, 1],
    draw: (b, n) => {
      const power = b(0.3, 0.6);
      const train = (t: number): number => (1 + (1000 * t) / n) ** -power;
      return { train, val: (t) => 1.08 * train(t) };
    },
  },
  'gradients explode': {
    detector: 'gradients',
    onset: MIDWAY,
    draw: (b, n, _unit, onset) => {
      const up = 10 ** b(3, 5);
      return { ...law(b, n), norm: (t) => (t < onset ? 1 : up) };
    },
  },
  'gradients vanish': {
    detector: 'gradients',
    onset: MIDWAY,
    draw: (b, n, _unit, onset) => {
      const down = 10 ** b(-7, -4);
      return { ...law(b, n), norm: (t) => (t < onset ? 1 : down) };
    },
  },
  'steps slow down': {
    detector: 'slow-down',
    onset: MIDWAY,
    draw: (b, n, _unit, onset) => {
      const slower = b(2.5, 5);
      return { ...law(b, n), pace: (t) => (t < onset ? 0.1 : 0.1 * slower) };
    },
  },
};
