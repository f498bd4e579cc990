import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Detector, Points, Said, Step, Window } from '../../../server/detector.ts';
import { factsOf } from '../../../server/facts.ts';
import { detectors } from '../../../server/detectors/index.ts';
import { healthy, overfitting, pointsOf, random, windowsOf } from './streams.ts';

/** What every detector owes, whatever it detects. */

interface Stream {
  readonly series: string;
  readonly values: readonly number[];
  readonly trains: readonly number[];
}

/** As much as a run can declare, so that detectors which wait for it are tested as well. */
const facts = factsOf({ class_counts: [50, 30, 20], n_train: 800, n_val: 200, samples_overfit_check: 8 })!;

/** Said, with the place in the whole stream instead of the batch. */
type Told = Said & { readonly at: number };

function batchOf(detector: Detector, stream: Stream, from: number, to: number): Points | Window[] {
  if (detector.input === 'points') return pointsOf('train_loss', stream.trains.slice(from, to), from);
  return windowsOf(stream.series, stream.values, stream.trains).slice(from, to);
}

function updated(detector: Detector, state: unknown, batch: Points | Window[]): Step<unknown> {
  if (detector.input === 'points') return detector.update(state, batch as Points, facts);
  return detector.update(state, batch as Window[], facts);
}

/** Runs a stream in batches that end at `cuts`, handing each state through `between`. */
function run(
  detector: Detector,
  stream: Stream,
  cuts: readonly number[],
  between = (state: unknown): unknown => state,
): { told: Told[]; state: unknown } {
  const told: Told[] = [];
  const batch = batchOf(detector, stream, 0, 1);
  let state = detector.start('binding' in batch ? batch.binding : batch[0].validation);
  const ends = [...new Set([...cuts, stream.values.length])].sort((a, b) => a - b).filter((end) => end > 0);
  let from = 0;
  for (const to of ends) {
    const step = updated(detector, state, batchOf(detector, stream, from, to));
    told.push(...step.says.map((said) => ({ ...said, at: from + said.at! })));
    state = between(step.state);
    from = to;
  }
  return { told, state };
}

function frozen<T>(value: T): T {
  // A typed array with elements cannot be frozen; none of the states holds one.
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

const length = 160;
const streams: Readonly<Record<string, Stream>> = {
  healthy: { series: 'val_loss', values: healthy(length, { seed: 2 }), trains: healthy(length) },
  overfitting: { series: 'val_loss', values: overfitting(length), trains: healthy(length) },
  diverging: {
    series: 'val_loss',
    values: healthy(length).map((value, i) => (i > 60 ? value + i : value)),
    trains: healthy(length).map((value, i) => (i > 60 ? value + i : value)),
  },
  stuck: {
    series: 'val_loss',
    values: Array.from({ length }, () => 2.3),
    trains: Array.from({ length }, (_, i) => 2.3 + (i % 2) * 1e-4),
  },
  holes: {
    series: 'val_loss',
    values: overfitting(length).map((value, i) => (i % 17 === 3 ? NaN : value)),
    trains: healthy(length).map((value, i) => (i % 31 === 5 || (i > 100 && i < 110) ? Infinity : value)),
  },
  negative: {
    series: 'val_loss',
    values: overfitting(length).map((value) => 10 * value - 40),
    trains: healthy(length).map((value) => 10 * value - 40),
  },
};

describe.each(detectors.map((detector) => [detector.name, detector] as const))('%s', (_, detector) => {
  test.each(Object.entries(streams))(
    'says the same of a %s stream however it is cut and resumed',
    (_name, stream) => {
      const whole = run(detector, stream, []).told;
      const cut = fc.array(fc.integer({ min: 1, max: length - 1 }), { maxLength: 30 });
      const singly = run(
        detector,
        stream,
        Array.from({ length }, (_unused, i) => i),
      ).told;
      expect(singly).toEqual(whole);
      fc.assert(
        fc.property(cut, (cuts) => {
          const resumed = run(detector, stream, cuts, (state) => deserialize(serialize(state)) as unknown);
          expect(resumed.told).toEqual(whole);
        }),
        { numRuns: 20, seed: 7 },
      );
    },
  );

  test.each(Object.entries(streams))(
    'never changes a state it has returned, on a %s stream',
    (_name, stream) => {
      const next = random(3);
      const cuts = Array.from({ length: 40 }, () => Math.floor(next() * length));
      expect(() => run(detector, stream, cuts, frozen)).not.toThrow();
    },
  );

  test('says nothing graver than a remark of a healthy run', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const values = healthy(400, { seed, noise: 0.02 });
      const trains = healthy(400, { seed: seed + 10, noise: 0.02 });
      const { told } = run(detector, { series: 'val_loss', values, trains }, []);
      expect(told.filter(({ severity }) => severity !== 'info')).toEqual([]);
    }
  });

  test('says the same of a loss in other units', () => {
    const scaled = (factor: number, offset: number): Told[] => {
      const turn = (values: readonly number[]): number[] => values.map((value) => factor * value + offset);
      const { values, trains } = streams.overfitting;
      return run(detector, { series: 'val_loss', values: turn(values), trains: turn(trains) }, []).told;
    };
    const when = (told: readonly Told[]): unknown[] => told.map(({ at, status }) => [at, status]);
    expect(when(scaled(1e-6, 0))).toEqual(when(scaled(1, 0)));
    expect(when(scaled(1e6, 0))).toEqual(when(scaled(1, 0)));
  });

  test('keeps a state that does not grow', () => {
    const size = (count: number): number => {
      const stream = { series: 'val_loss', values: healthy(count), trains: healthy(count, { seed: 4 }) };
      return serialize(run(detector, stream, []).state).length;
    };
    expect(size(20_000)).toBeLessThan(16_384);
  });
});
