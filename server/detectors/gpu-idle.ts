import type { PointDetector, Rows, Said, Step, Together } from '../detector.ts';
import { EMPTY_STRETCH, gather, next, type Stretch } from '../windows/stretch.ts';
import { resolved } from './resolved.ts';
import { isSample } from './sample.ts';
import { TOGETHER_ONLY } from './together-only.ts';
import { atEpoch, number } from './words.ts';

/**
 * Says when the training goes on and its GPUs do next to nothing: the busiest GPU of a rank was busy for less than
 * `level` percent of the time, in the mean of at least 6 samples (a minute) between which steps went on 3 times.
 *
 *     quiet ──below level──▶ open ──above twice the level──▶ quiet
 *
 * A warning; a remark where no GPU has ever been busy, as that may be meant. Of several GPUs the busiest counts: a machine
 * may have more than the training uses. Warm-up: the first 6 samples, of compilation and of filling caches. Values that
 * are not finite are left out. Known false alarm: a training on the CPU beside a GPU that others use now and then.
 */
export function gpuIdle(options: Partial<GpuIdleParameters> = {}): PointDetector<null> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    ...TOGETHER_ONLY,
    name: 'gpu-idle',
    parameters: { ...parameters },
    together: busiest(parameters.level),
  };
}

export interface GpuIdleParameters {
  /** Of the time that the busiest GPU is busy, in percent. */
  readonly level: number;
}

const DEFAULTS: GpuIdleParameters = { level: 10 };

/** One for each rank, in the order they came. */
type GpuIdleState = readonly Watched[];

interface Watched {
  readonly rank: number;
  readonly stretch: Stretch;
  readonly warm: boolean;
  /** Whether a GPU has ever been busy, a display aside. */
  readonly used: boolean;
  readonly said: boolean;
}

const SAMPLES = 6;
const ADVANCES = 3;
/** What counts as having been used, in percent of the time. */
const USED = 1;

function busiest(level: number): Together<GpuIdleState> {
  return {
    watches: ({ series }) => isSample(series, 'utilisation', 'mean'),
    start: () => [],
    update: (state, rows) => update(state, rows, level),
  };
}

function update(before: GpuIdleState, rows: Rows, level: number): Step<GpuIdleState> {
  const { rank, steps, epochs, columns } = rows;
  const says: Said[] = [];
  const known = before.find((one) => one.rank === rank);
  let own: Watched = known ?? { rank, stretch: EMPTY_STRETCH, warm: false, used: false, said: false };
  for (let at = 0; at < steps.length; at++) {
    let busy = -1;
    for (const { values } of columns) if (values[at] > busy && values[at] < Infinity) busy = values[at];
    if (busy < 0) continue;
    const stretch = gather(own.stretch, busy, steps[at], epochs[at]);
    own = { ...own, stretch, used: own.used || busy >= USED };
    if (stretch.count < SAMPLES || stretch.advances < ADVANCES) continue;
    const mean = stretch.total / stretch.count;
    const series = columns.map(({ binding }) => binding.series);
    if (own.warm && !own.said && mean < level) {
      says.push(idle(own, mean, series, at));
      own = { ...own, said: true };
    } else if (own.said && mean > 2 * level) {
      says.push(works(own, mean, at));
      own = { ...own, said: false };
    }
    own = { ...own, warm: true, stretch: next(stretch, epochs[at]) };
  }
  if (own === known) return { state: before, says };
  return { state: known ? before.map((one) => (one === known ? own : one)) : [...before, own], says };
}

function idle({ rank, used, stretch }: Watched, mean: number, series: readonly string[], at: number): Said {
  const { step, epoch, steps, count } = stretch;
  const known = Number.isNaN(epoch) ? null : epoch;
  const gpu = series.length > 1 ? 'busiest GPU' : 'GPU';
  const evidence = {
    [`${gpu} busy, % of the time`]: mean,
    'steps looked at': steps,
    'samples looked at, 10 s each': count,
  };
  const common = {
    key: `rank ${rank}`,
    status: 'open',
    series,
    from: step,
    epoch: known,
    at,
    evidence,
  } as const;
  const loop = [
    'Look for what the loop does on the CPU at every step: reading .item() or printing a loss, augmentation, many small operations (torch.compile joins them)',
    'Raise the batch size, if memory allows: a small model on small batches leaves a GPU idle between kernels',
  ];
  if (!used) {
    return {
      ...common,
      severity: 'info',
      title: `The GPU has not been used: training goes on, and ${series.length > 1 ? `none of ${series.length} GPUs` : 'it'} has ever been busy`,
      verdict: 'Trains without its GPU: check that the model is moved to it',
      advice: [
        'Check that model and batches are moved to the GPU (model.to("cuda")), and that the library was installed with GPU support (torch.cuda.is_available())',
        'If it is meant to train on the CPU, nothing is wrong',
      ],
    };
  }
  return {
    ...common,
    severity: 'warning',
    title: `The ${gpu} is idle: busy ${number(mean)} % of the time, while ${number(steps)} steps were taken`,
    verdict: `GPU idle since ${atEpoch(step, known)}: look at what the loop waits for`,
    advice: [
      'Look whether the loop waits for its data: more workers, or data that is nearer (system/data_wait tells, where batches come by run.batches(loader))',
      ...loop,
    ],
  };
}

function works({ rank, stretch }: Watched, mean: number, at: number): Said {
  return resolved(`The GPU works again: busy ${number(mean)} % of the time`, {
    key: `rank ${rank}`,
    from: stretch.step,
    at,
    evidence: { 'GPU busy, % of the time': mean },
  });
}
