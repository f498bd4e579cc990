import type { Rows, Said, Step, Together } from '../detector.ts';
import { spread } from '../windows/noise.ts';
import { resolved } from './resolved.ts';
import { number, percent } from './words.ts';

/**
 * Says when one rank's steps take longer than those of the others: its level is more than `margin` above the middle
 * rank's, and 3 standard deviations of the levels from 5 ranks on, at 4 looks of each rank in a row. The level is an
 * exponential mean, over about 20 steps, of the logarithm of the step time, which no single step moves by more than a
 * fortieth. A look is taken at every fifth step of a rank, at all of them, so that it does not matter which is ahead.
 *
 * Warm-up: 30 steps of a rank. Resolved at half of the margin. Times that are not finite, or not above zero, are left
 * out. Known miss: times that include the exchange of gradients, in which all ranks wait for the slowest. A part of the
 * detector of slow steps.
 */
export function ranks(margin: number): Together<RanksState> {
  return {
    watches: ({ role }) => role === 'step_time',
    start: () => [],
    update: (state, rows) => update(state, rows, margin),
  };
}

/** One for each rank and series of step times, in the order they came. */
type RanksState = readonly Pace[];

interface Pace {
  readonly series: string;
  readonly rank: number;
  /** Steps so far, and the mean of their logarithms. */
  readonly count: number;
  readonly level: number;
  /** Looks in a row at which it was slow, and the step of the first. */
  readonly slow: number;
  readonly step: number;
  readonly said: boolean;
}

const WEIGHT = 1 / 20;
/** What a step may differ from the level, as a logarithm. */
const CLIP = 0.5;
const WARMUP = 30;
/** Steps of a rank between two looks, and looks of each rank until it is said. */
const EVERY = 5;
const LOOKS = 4;
/** Ranks from which their scatter is known. */
const MANY = 5;

function update(before: RanksState, { rank, steps, columns }: Rows, margin: number): Step<RanksState> {
  const says: Said[] = [];
  /** Those of this rank are this update's own, and are changed in place. */
  const state = before.map((pace): Pacing => (pace.rank === rank ? { ...pace } : pace));
  const places = columns.map(({ binding: { series } }) =>
    state.findIndex((pace) => pace.rank === rank && pace.series === series),
  );
  for (let at = 0; at < steps.length; at++) {
    for (let i = 0; i < columns.length; i++) {
      const time = columns[i].values[at];
      if (!(time > 0 && time < Infinity)) continue;
      const { series } = columns[i].binding;
      if (places[i] < 0) places[i] = state.push(begin(series, rank)) - 1;
      const paced = state[places[i]];
      pace(paced, Math.log(time));
      if (paced.count % EVERY === 0) {
        for (const said of look(state, series, steps[at], margin)) says.push({ ...said, at });
      }
    }
  }
  return { state, says };
}

type Pacing = { -readonly [Key in keyof Pace]: Pace[Key] };

function begin(series: string, rank: number): Pace {
  return { series, rank, count: 0, level: 0, slow: 0, step: 0, said: false };
}

/** Follows a step, in place. */
function pace(own: Pacing, time: number): void {
  const off = time - own.level;
  own.count++;
  const clipped = own.count > WARMUP ? Math.max(-CLIP, Math.min(CLIP, off)) : off;
  own.level += Math.max(WEIGHT, 1 / own.count) * clipped;
}

/** Compares the ranks, after one of them has taken a step. What changes is another afterwards. */
function look(state: Pacing[], series: string, step: number, margin: number): readonly Said[] {
  if (state.length < 2) return NOTHING;
  const known = state.filter((one) => one.series === series && one.count >= WARMUP);
  if (known.length < 2) return NOTHING;
  const levels = known.map(({ level }) => level).sort((a, b) => a - b);
  // Of two ranks the faster one is what the slower is compared with.
  const usual = levels[(levels.length - 1) >> 1];
  const scatter = levels.length < MANY ? 0 : spread(levels);
  const says: Said[] = [];
  for (const [place, one] of state.entries()) {
    if (one.series !== series || one.count < WARMUP) continue;
    const excess = Math.exp(one.level - usual) - 1;
    if (one.said) {
      if (excess > margin / 2) continue;
      says.push(keepsUp(one, excess));
      state[place] = { ...one, said: false, slow: 0 };
    } else if (excess <= margin || one.level - usual < 3 * scatter) {
      if (one.slow !== 0) state[place] = { ...one, slow: 0 };
    } else {
      const slow = { ...one, slow: one.slow + 1, step: one.slow === 0 ? step : one.step };
      const late = slow.slow >= LOOKS * known.length;
      if (late) says.push(lags(slow, excess, usual, known.length));
      state[place] = late ? { ...slow, said: true } : slow;
    }
  }
  return says;
}

const NOTHING: readonly Said[] = [];

function keyOf({ series, rank }: Pace): string {
  return `${series}@${rank}`;
}

function lags(one: Pace, excess: number, usual: number, ranks: number): Said {
  const { series, rank, step, level } = one;
  const scale = Math.exp(level);
  return {
    key: keyOf(one),
    status: 'open',
    severity: 'warning',
    series: [series],
    from: step,
    epoch: null,
    title: `Rank ${rank} is slower than the others: its ${series} is ${percent(excess)} longer than that of the middle one of ${ranks} ranks, ${number(scale)} against ${number(Math.exp(usual))}`,
    verdict: `Rank ${rank} is ${percent(excess)} slower than the others: look at its machine`,
    evidence: {
      rank,
      ranks,
      'step time of the rank, in the unit logged': scale,
      'step time of the middle rank, in the unit logged': Math.exp(usual),
    },
    advice: [
      'Look at that rank’s machine: its clock and temperature, its disk and network, and who else uses it. All ranks wait for the slowest',
      'Check that the data is shared out evenly: a rank that gets longer samples, or a data loader with fewer workers, takes longer',
      'If it is rank 0, look at what it does alone: logging, evaluation and checkpoints',
    ],
  };
}

function keepsUp(one: Pace, excess: number): Said {
  return resolved(`Rank ${one.rank} keeps up with the others again: ${percent(Math.max(0, excess))} longer`, {
    key: keyOf(one),
  });
}
