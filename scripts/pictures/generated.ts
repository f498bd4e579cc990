import type { PipelineInput } from '../../server/pipeline/input.ts';
import type { Recording } from '../../server/diagnose/recording.ts';
import { seeded } from '../demo/random.ts';

const random = seeded(1);

/** A loss that falls by a power law with a little noise. */
function falling(step: number): number {
  return 0.1 + 2 * (step + 1) ** -0.5 + 0.02 * random.normal();
}

/** One run: columns by series, a row a step, what else was heard of it, and the seconds from row to row. */
function recordingOf(
  length: number,
  columns: Readonly<Record<string, (step: number) => number>>,
  before: readonly PipelineInput[] = [],
  after: readonly PipelineInput[] = [],
  every = 1,
): Recording {
  const run = 'run';
  const steps = Float64Array.from({ length }, (_, i) => i);
  const table = {
    run,
    writer: 'generated',
    rank: 0,
    attempt: 0,
    steps,
    times: steps.map((step) => every * step),
    columns: Object.entries(columns).map(([series, value]) => ({
      series,
      rows: null,
      values: Float64Array.from(steps, (step) => value(step)),
    })),
  };
  return { run, path: '', remarks: [], inputs: [...before, { kind: 'table', run, table }, ...after] };
}

/** One run's samples of its machine, of which there is one every 10 s. */
function sampled(length: number, columns: Readonly<Record<string, (step: number) => number>>): Recording {
  return recordingOf(length, columns, [], [], 10);
}

/** Runs for detectors of which no recorded training has a finding. */
export const GENERATED: Readonly<Record<string, () => Recording>> = {
  stall: () =>
    recordingOf(
      120,
      { loss: falling },
      [],
      [{ kind: 'silence', run: 'run', silence: { seconds: 400, gone: false } }],
    ),
  'overfit-check': () =>
    recordingOf(600, { loss: (step) => 0.6 + 1.7 * Math.exp(-step / 40) + 0.01 * random.normal() }, [
      { kind: 'facts', run: 'run', facts: { overfitSamples: 8 } },
    ]),
  'slow-down': () =>
    recordingOf(400, {
      step_time: (step) => (step < 250 ? 0.1 : 0.27) * Math.exp(0.1 * random.normal()),
    }),
  gradients: () =>
    recordingOf(200, { grad_norm: (step) => (step < 140 ? 1 : 400) * Math.exp(0.3 * random.normal()) }),
  spike: () =>
    recordingOf(600, {
      loss: (step) =>
        falling(step) +
        [150, 320, 500].reduce((sum, at) => sum + (step >= at ? 2 * Math.exp(-(step - at) / 3) : 0), 0),
    }),
  'validation-easier': () =>
    recordingOf(60, { train_loss: falling, val_loss: (step) => 0.3 * falling(step) }),
  'validation-noise': () =>
    recordingOf(80, {
      train_loss: falling,
      val_loss: (step) => 0.5 + 0.5 * (step + 1) ** -0.5 + 0.15 * random.normal(),
    }),
  gap: () =>
    recordingOf(80, {
      train_loss: (step) => 2 * Math.exp(-step / 25) + 0.01 * random.normal(),
      val_loss: (step) => 0.8 + 1.2 * Math.exp(-step / 8) + 0.005 * random.normal(),
    }),
  'data-wait': () =>
    sampled(200, {
      'system/data_wait': (step) => (step < 80 ? 4 : 38) * Math.exp(0.2 * random.normal()),
    }),
  'gpu-idle': () =>
    sampled(120, {
      'system/gpu0/utilisation.mean': (step) => (step < 60 ? 88 : 5) * (1 - 0.1 * random.uniform()),
    }),
  memory: () => sampled(600, { 'system/memory.mean': (step) => 38 + 0.04 * step + 0.3 * random.normal() }),
  throttling: () =>
    sampled(120, {
      'system/gpu0/throttled_heat.mean': (step) =>
        step < 70 ? 0 : [0.6, 0.8, 1][Math.floor(3 * random.uniform())],
      'system/gpu0/temperature.max': (step) => Math.min(91, 70 + step / 3),
    }),
  'ecc-errors': () => sampled(120, { 'system/gpu0/ecc_errors.max': (step) => (step < 80 ? 0 : 2) }),
  'disk-full': () =>
    sampled(200, {
      'system/disk.max': (step) => 88 + 0.06 * step,
      'system/disk_free.min': (step) => 2 * (100 - 88 - 0.06 * step),
    }),
};
