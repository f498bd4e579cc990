import type { PointDetector, Points, Said, Step } from '../detector.ts';
import { EMPTY_STRETCH, gather, next, type Stretch } from '../windows/stretch.ts';
import { resolved } from './resolved.ts';
import { isSample } from './sample.ts';
import { atEpoch, number, percent } from './words.ts';

/**
 * Says when the training waits for its data: the share of its time in which it asked for the next batch and had to wait,
 * as the SDK measures it, is more than `share` in the mean of at least `steps` steps and 3 samples.
 *
 *     quiet ──share──▶ open ──half of share──▶ quiet
 *
 * Warm-up: the first `steps` steps, in which workers start. Values that are not finite are left out. Known miss: a loop
 * whose loader the SDK does not see.
 */
export function dataWait(options: Partial<DataWaitParameters> = {}): PointDetector<DataWaitState> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    name: 'data-wait',
    parameters: { ...parameters },
    input: 'points',
    subject: 'run',
    ranks: 'all',
    watches: ({ series }) => isSample(series, 'data_wait', null),
    start: () => START,
    update: (state, points) => update(state, points, parameters),
  };
}

export interface DataWaitParameters {
  /** Of the time, waited for data. */
  readonly share: number;
  /** Steps that it is the mean of. */
  readonly steps: number;
}

const DEFAULTS: DataWaitParameters = { share: 0.2, steps: 50 };

interface DataWaitState {
  readonly stretch: Stretch;
  readonly warm: boolean;
  readonly said: boolean;
}

const START: DataWaitState = { stretch: EMPTY_STRETCH, warm: false, said: false };

/** Samples, besides steps. */
const SAMPLES = 3;

function update(
  before: DataWaitState,
  points: Points,
  { share, steps }: DataWaitParameters,
): Step<DataWaitState> {
  const says: Said[] = [];
  let { stretch, warm, said } = before;
  for (let at = 0; at < points.values.length; at++) {
    const value = points.values[at];
    if (!Number.isFinite(value)) continue;
    stretch = gather(stretch, value / 100, points.steps[at], points.epochs[at]);
    if (stretch.steps < steps || stretch.count < SAMPLES) continue;
    const waited = stretch.total / stretch.count;
    if (warm && !said && waited > share) {
      says.push(waits(waited, stretch, at));
      said = true;
    } else if (said && waited < share / 2) {
      says.push(flows(waited, stretch, at));
      said = false;
    }
    warm = true;
    stretch = next(stretch, points.epochs[at]);
  }
  return { state: { stretch, warm, said }, says };
}

function waits(waited: number, { step, epoch, steps, last }: Stretch, at: number): Said {
  return {
    status: 'open',
    severity: 'warning',
    from: step,
    epoch: Number.isNaN(epoch) ? null : epoch,
    at,
    title: `Training waits for data ${percent(waited)} of the time, in the ${number(steps)} steps to step ${last}`,
    verdict: `Waits for data ${percent(waited)} of the time since ${atEpoch(step, Number.isNaN(epoch) ? null : epoch)}: give the data loader more workers`,
    evidence: { 'waiting for data, % of the time': 100 * waited, 'steps looked at': steps },
    advice: [
      'Give the data loader more workers (num_workers up to the cores there are) that stay (persistent_workers) and load ahead (prefetch_factor): as long as the GPU waits, it learns nothing',
      'Take work out of the loader: decode and resize once beforehand, keep small data in memory, move augmentation to the GPU',
      'Look where the data is: many small files on a network disk are slow; copy them to a local one, or pack them (WebDataset, LMDB, Parquet)',
    ],
  };
}

function flows(waited: number, { step }: Stretch, at: number): Said {
  return resolved(`Training waits for data ${percent(waited)} of the time only`, {
    at,
    from: step,
    evidence: { 'waiting for data, % of the time': 100 * waited },
  });
}
