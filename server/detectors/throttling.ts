import type { PointDetector, Rows, Said, Step, Together } from '../detector.ts';
import { keep } from '../windows/recent.ts';
import { resolved } from './resolved.ts';
import { isSample, sampleOf } from './sample.ts';
import { TOGETHER_ONLY } from './together-only.ts';
import { number, percent } from './words.ts';

/**
 * Says when GPUs are slowed down by heat: in the mean of the latest `patience` samples the clock was lowered for that
 * reason in more than `share` of the time. A clock that is lowered to keep to the power limit is no trouble: a busy GPU
 * is there all the time.
 *
 *     cool ──share──▶ hot ──a fifth of share──▶ cool
 *
 * All hot GPUs are one finding. Warm-up: `patience` samples. Values that are not finite are left out. Known false alarm:
 * none known; the driver says so itself.
 */
export function throttling(options: Partial<ThrottlingParameters> = {}): PointDetector<null> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    ...TOGETHER_ONLY,
    name: 'throttling',
    parameters: { ...parameters },
    together: heat(parameters),
  };
}

export interface ThrottlingParameters {
  /** Of the time, slowed down by heat. */
  readonly share: number;
  /** Samples that it is the mean of. */
  readonly patience: number;
}

const DEFAULTS: ThrottlingParameters = { share: 0.5, patience: 6 };

/** One for each GPU, in the order they came. */
type ThrottlingState = readonly Gpu[];

interface Gpu {
  readonly rank: number;
  readonly index: number;
  readonly series: string;
  /** The latest shares of the time in which it was slowed down by heat, oldest first. */
  readonly shares: readonly number[];
  /** The latest, in °C and MHz; null: not told. */
  readonly temperature: number | null;
  readonly clock: number | null;
  readonly hot: boolean;
}

const KEY = 'heat';

function heat(parameters: ThrottlingParameters): Together<ThrottlingState> {
  return {
    watches: ({ series }) =>
      isSample(series, 'throttled_heat', 'mean') ||
      ((isSample(series, 'temperature', 'max') || isSample(series, 'clock', 'mean')) &&
        sampleOf(series)?.gpu !== null),
    start: () => [],
    update: (state, rows) => update(state, rows, parameters),
  };
}

function update(
  before: ThrottlingState,
  { rank, steps, epochs, columns }: Rows,
  { share, patience }: ThrottlingParameters,
): Step<ThrottlingState> {
  const says: Said[] = [];
  let state = before;
  const samples = columns.map(({ binding, values }) => ({ ...sampleOf(binding.series)!, binding, values }));
  const slowed = samples.filter(({ quantity }) => quantity === 'throttled_heat');
  for (let at = 0; at < steps.length; at++) {
    for (const { gpu: index, binding, values } of slowed) {
      if (index === null || !Number.isFinite(values[at])) continue;
      const beside = (quantity: string): number | null => {
        const found = samples.find((one) => one.gpu === index && one.quantity === quantity)?.values[at];
        return found !== undefined && Number.isFinite(found) ? found : null;
      };
      const known = state.find((one) => one.rank === rank && one.index === index);
      const shares = keep(known?.shares ?? [], values[at], patience);
      const mean = shares.reduce((sum, value) => sum + value, 0) / shares.length;
      const was = known?.hot ?? false;
      const hot = was ? mean >= share / 5 : shares.length === patience && mean > share;
      const { series } = binding;
      const own = {
        rank,
        index,
        series,
        shares,
        temperature: beside('temperature'),
        clock: beside('clock'),
        hot,
      };
      state = known ? state.map((one) => (one === known ? own : one)) : [...state, own];
      if (hot === was) continue;
      const all = state.filter((one) => one.hot);
      if (all.length === 0) says.push(cool(own, steps[at], at));
      else if (hot) says.push(slows(own, mean, all, steps[at], epochs[at], at));
    }
  }
  return { state, says };
}

function slows(own: Gpu, mean: number, all: readonly Gpu[], step: number, epoch: number, at: number): Said {
  const { temperature, clock } = own;
  const others = all.length > 1 ? ` and ${all.length - 1} more` : '';
  const degrees = temperature === null ? '' : `, at ${number(temperature)} °C`;
  return {
    key: KEY,
    status: 'open',
    severity: 'warning',
    series: [own.series, ...all.filter((one) => one !== own).map(({ series }) => series)],
    from: step,
    epoch: Number.isNaN(epoch) ? null : epoch,
    at,
    title: `${nameOf(own)}${others} ${all.length > 1 ? 'are' : 'is'} slowed down by heat ${percent(mean)} of the time${degrees}`,
    verdict: `${nameOf(own)} is slowed down by heat: look at its cooling`,
    evidence: {
      'slowed down by heat, % of the time': 100 * mean,
      'temperature, °C': temperature,
      'clock, MHz': clock,
      'GPUs slowed down': all.length,
    },
    advice: [
      'Look at the cooling: fans, dust, blocked air, the temperature of the room, a neighbouring card that blows its heat at this one',
      'Lower the power limit a little (nvidia-smi -pl): a GPU that stays cool at 85 % of its power is often faster than a hot one',
      'Tell whoever runs the machine: all ranks wait for the slowest GPU',
    ],
  };
}

function cool(own: Gpu, step: number, at: number): Said {
  return resolved(`${nameOf(own)} is no longer slowed down by heat`, {
    key: KEY,
    from: step,
    at,
    evidence: { 'temperature, °C': own.temperature },
  });
}

function nameOf({ rank, index }: Gpu): string {
  return rank === 0 ? `GPU ${index}` : `GPU ${index} of rank ${rank}`;
}
