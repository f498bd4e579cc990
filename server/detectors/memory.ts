import type { PointDetector, Points, Said, Step } from '../detector.ts';
import { kindOf } from './memory-kind.ts';
import { fullness, type FullnessState, NOT_FULL } from './memory-full.ts';
import { growth, type GrowthState, NO_GROWTH } from './memory-leak.ts';

/**
 * Says when memory is near its limit, and when it grows and grows, as by a leak: of the machine (or its container), of
 * `/dev/shm`, of GPUs, and of the process.
 *
 * _Full_: `level` percent (GPUs: `gpuLevel`) in 3 samples in a row; of a GPU a remark, for frameworks keep what they have
 * had. _Leak_: over the latter half of the run the means rise throughout, and by more than `growth` of their level; a
 * remark, and a warning where the limit would be reached within a day.
 *
 * Warm-up: 3 samples; `warmup` samples for a leak, and the first epoch, in which caches fill. Resolved 5 percent points
 * below the level; when it has grown no more than a quarter as fast lately. Values that are not finite are left out.
 * Known false alarm: a cache that fills for longer than the warm-up; other users of the machine.
 */
export function memory(options: Partial<MemoryParameters> = {}): PointDetector<MemoryState> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    name: 'memory',
    parameters: { ...parameters },
    input: 'points',
    subject: 'run',
    ranks: 'all',
    watches: ({ series }) => kindOf(series) !== null,
    start: () => START,
    update: (state, points) => update(state, points, parameters),
  };
}

export interface MemoryParameters {
  /** Of the memory of the machine or of `/dev/shm`, and of a GPU, in percent. */
  readonly level: number;
  readonly gpuLevel: number;
  /** Share of its level by which memory must have grown. */
  readonly growth: number;
  /** Samples before a leak is spoken of. */
  readonly warmup: number;
}

const DEFAULTS: MemoryParameters = { level: 95, gpuLevel: 98, growth: 0.05, warmup: 120 };

interface MemoryState {
  readonly full: FullnessState;
  readonly leak: GrowthState;
}

const START: MemoryState = { full: NOT_FULL, leak: NO_GROWTH };

function update(before: MemoryState, points: Points, parameters: MemoryParameters): Step<MemoryState> {
  const kind = kindOf(points.binding.series);
  if (kind === null) return { state: before, says: [] };
  const says: Said[] = [];
  if (kind.asks === 'full') {
    const level = kind.of === 'gpu' ? parameters.gpuLevel : parameters.level;
    return { state: { ...before, full: fullness(before.full, kind, points, level, says) }, says };
  }
  return { state: { ...before, leak: growth(before.leak, kind, points, parameters, says) }, says };
}
