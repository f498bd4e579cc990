import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Detector, Points, Rows, Said, Step, Window } from '../../../server/detector.ts';
import { type Facts, factsOf, NO_FACTS } from '../../../server/facts.ts';
import { detectors } from '../../../server/detectors/index.ts';
import { bind } from '../../../server/roles.ts';
import { healthy, normal, overfitting, pointsOf, random, windowsOf } from './streams.ts';

/** What every detector owes, whatever it detects. */

interface Stream {
  readonly series: string;
  readonly values: readonly number[];
  readonly trains: readonly number[];
  /** Declared; else as much as a run can. */
  readonly declared?: Facts;
  /** The samples of the machine that the values are; else a loss. */
  readonly samples?: string;
}

/** As much as a run can declare, so that detectors which wait for it are tested as well. */
const facts = factsOf({ class_counts: [50, 30, 20], n_train: 800, n_val: 200, samples_overfit_check: 8 })!;

/** Said, with the place in the whole stream instead of the batch. */
type Told = Said & { readonly at: number };

function batchOf(detector: Detector, stream: Stream, from: number, to: number): Points | Window[] {
  if (detector.input === 'points')
    return pointsOf(stream.samples ?? 'train_loss', stream.trains.slice(from, to), from);
  return windowsOf(stream.series, stream.values, stream.trains).slice(from, to);
}

function updated(
  detector: Detector,
  state: unknown,
  batch: Points | Window[],
  declared = facts,
): Step<unknown> {
  if (detector.input === 'points') return detector.update(state, batch as Points, declared);
  return detector.update(state, batch as Window[], declared);
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
    const step = updated(detector, state, batchOf(detector, stream, from, to), stream.declared);
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
const unsteady = normal(8);
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
  undeclared: {
    series: 'val_loss',
    values: healthy(length).map((value) => value + 3),
    trains: Array.from({ length }, () => 1 + 0.2 * unsteady()),
    declared: NO_FACTS,
  },
  'scarcely validated': {
    series: 'val_loss',
    values: healthy(length, { seed: 2 }),
    trains: healthy(length).map((value) => value ** 4),
    declared: { validationSamples: 10, dropout: 0.2 },
  },
  negative: {
    series: 'val_loss',
    values: overfitting(length).map((value) => 10 * value - 40),
    trains: healthy(length).map((value) => 10 * value - 40),
  },
};

/** What a detector of the machine looks at is in the units of the SDK, and is judged by samples of machines. */
const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  'data-wait': ['system/data_wait'],
  'ecc-errors': ['system/gpu0/ecc_errors.max'],
  memory: ['system/memory.max', 'system/gpu0/memory.max', 'system/memory.mean', 'system/process_memory.mean'],
};
const machines = detectors.flatMap((detector) =>
  (SAMPLES[detector.name] ?? []).map((samples) => [detector.name, samples, detector] as const),
);

/** Samples in percent: of a machine with nothing wrong, of one that gets into trouble for a while and out of it. */
function sampled(samples: string, count: number, seed: number, trouble: boolean): Stream {
  const next = random(seed);
  const counts = samples.includes('ecc');
  const trains = Array.from({ length: count }, (_, i) => {
    const bad = trouble && i >= count / 4 && i < (3 * count) / 4;
    if (trouble && i % 29 === 5) return i % 2 === 0 ? NaN : Infinity;
    if (counts) return bad ? 2 : 0;
    if (samples.endsWith('mean')) return (bad ? 30 + (20 * (i - count / 4)) / count : 30) + next();
    return (bad ? 98.5 : samples.includes('wait') ? 2 : 60) + next();
  });
  return { series: 'val_loss', values: trains, trains, samples };
}

describe.each(machines)('%s, of %s', (_, samples, detector) => {
  const stream = sampled(samples, 1200, 3, true);

  test('says the same however it is cut and resumed', () => {
    const whole = run(detector, stream, []).told;
    expect(whole.map(({ status }) => status)).toEqual(expect.arrayContaining(['open', 'resolved']));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1199 }), { maxLength: 30 }), (cuts) => {
        const stored = (state: unknown): unknown => deserialize(serialize(state));
        expect(run(detector, stream, cuts, stored).told).toEqual(whole);
      }),
      { numRuns: 20, seed: 7 },
    );
  });

  test('never changes a state it has returned, and keeps one that does not grow', () => {
    const next = random(3);
    const cuts = Array.from({ length: 40 }, () => Math.floor(next() * 1200));
    expect(() => run(detector, stream, cuts, frozen)).not.toThrow();
    const { state } = run(detector, sampled(samples, 20_000, 4, true), []);
    expect(serialize(state).length).toBeLessThan(16_384);
  });

  test('says nothing of a healthy machine', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      expect(run(detector, sampled(samples, 3000, seed, false), []).told).toEqual([]);
    }
  });
});

const curves = detectors.filter(({ name }) => !Object.hasOwn(SAMPLES, name));
describe.each(curves.map((detector) => [detector.name, detector] as const))('%s', (_, detector) => {
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
      for (const declared of [facts, NO_FACTS]) {
        const { told } = run(detector, { series: 'val_loss', values, trains, declared }, []);
        expect(told.filter(({ severity }) => severity !== 'info')).toEqual([]);
      }
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

const parts = detectors.flatMap(({ name, together }) => (together ? [[name, together] as const] : []));

/** Lines of three ranks in turns, each with its step time, the gradient norms of four layers, and its machine. */
function linesOf(uneven: boolean, count: number): Rows[] {
  const next = random(5);
  return Array.from({ length: count }, (_, i): Rows => {
    const rank = i % 3;
    const step = Float64Array.of(Math.floor(i / 3));
    const value = (level: number): Float64Array =>
      Float64Array.of(i % 31 === 7 ? NaN : i % 41 === 5 ? Infinity : level * (1 + 0.2 * next()));
    const norms = [uneven ? 1e-6 : 0.3, 0.5, 0.7, 1].map((level, k) => ({
      binding: bind(`grad_norm/layers.${k}.weight`),
      logged: k,
      values: value(level),
    }));
    const time = { binding: bind('step_time'), logged: 4, values: value(uneven && rank === 1 ? 2 : 1) };
    const trouble = uneven && rank > 0 && i > count / 4 && i < (3 * count) / 4;
    const machine = Object.entries({
      'gpu0/utilisation.mean': trouble ? 3 : 80,
      'gpu1/utilisation.mean': trouble ? 2 : 0,
      'gpu0/throttled_heat.mean': trouble ? 1 : 0,
      'gpu0/temperature.max': 70,
      'gpu0/clock.mean': 1500,
      'disk.max': trouble ? 96 : 60,
      'disk_free.min': trouble ? 3 : 300,
    }).map(([name, level], k) => ({ binding: bind(`system/${name}`), logged: 5 + k, values: value(level) }));
    return {
      rank,
      steps: step,
      times: step,
      epochs: Float64Array.of(NaN),
      columns: [...norms, time, ...machine],
    };
  });
}

/** Consecutive lines of one rank as one. */
function joined(lines: readonly Rows[]): Rows {
  const join = (of: (line: Rows) => Float64Array): Float64Array =>
    Float64Array.from(lines.flatMap((line) => [...of(line)]));
  return {
    rank: lines[0].rank,
    steps: join(({ steps }) => steps),
    times: join(({ times }) => times),
    epochs: join(({ epochs }) => epochs),
    columns: lines[0].columns.map((column, k) => ({
      ...column,
      values: join(({ columns }) => columns[k].values),
    })),
  };
}

describe.each(parts)('%s, of several series together', (_, part) => {
  const own = (lines: readonly Rows[]): Rows[] =>
    lines
      .map((line) => ({
        ...line,
        columns: line.columns.filter(({ binding }) => part.watches(binding, line.rank)),
      }))
      .filter(({ columns }) => columns.length > 0);

  const runLines = (batches: readonly Rows[], between = (state: unknown): unknown => state) => {
    let state = between(part.start());
    const told = batches.flatMap((batch) => {
      const step = part.update(state, batch, facts);
      state = between(step.state);
      return step.says.map(({ at, ...said }) => ({ ...said, step: batch.steps[at ?? NaN] }));
    });
    return { state, told };
  };

  test('says the same however its lines are cut, and from a stored state', () => {
    const lines = own(linesOf(true, 600)).sort(
      (a, b) => Math.floor(a.steps[0] / 60) - Math.floor(b.steps[0] / 60) || a.rank - b.rank,
    );
    const whole = runLines(lines).told;
    expect(whole.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: lines.length - 1 }), { maxLength: 20 }), (cuts) => {
        const batches: Rows[][] = [];
        for (const [i, line] of lines.entries()) {
          const open = batches.at(-1);
          if (open && !cuts.includes(i) && open[0].rank === line.rank) open.push(line);
          else batches.push([line]);
        }
        const stored = (state: unknown): unknown => deserialize(serialize(state));
        expect(runLines(batches.map(joined), stored).told).toEqual(whole);
      }),
      { numRuns: 20, seed: 7 },
    );
  });

  test('never changes a state it has returned, and names its series under a key', () => {
    const { told } = runLines(own(linesOf(true, 600)), frozen);
    for (const said of told) {
      expect(said.key).toBeDefined();
      if (said.status === 'open') expect(said.series?.length).toBeGreaterThan(0);
    }
  });

  test('says nothing of a healthy run, and keeps a state that does not grow', () => {
    const { state, told } = runLines(own(linesOf(false, 6000)));
    expect(told).toEqual([]);
    expect(serialize(state).length).toBeLessThan(16_384);
  });
});
