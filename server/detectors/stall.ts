import type { PointDetector, Points, Said, Silence, Step } from '../detector.ts';
import { median } from '../windows/median.ts';
import { resolved } from './resolved.ts';
import { atEpoch, number } from './words.ts';

/**
 * Says when a run has gone silent: no points for far longer than its rhythm, or its trainer is gone without an end.
 *
 *     quiet ──silent for the limit──▶ warning ──five times as long──▶ critical
 *     any   ──the trainer is gone───────────────────────────────────▶ critical
 *     open  ──a point, or an end────────────────────────────────────▶ quiet
 *
 * The limit is the largest of `floor` seconds, `factor` times the median of the latest 32 gaps between points, and three
 * times the longest gap so far, so that a validation or a checkpoint that takes minutes counts as part of the rhythm
 * once it has been seen. The first long one may make a warning; that is why silence is not critical at once. A gap counts as at
 * most twice the longest before: after a night's pause the limit is no night.
 *
 * It has no clock: a silence comes as an input, like points. Warm-up: 5 points; a trainer that goes is told of at once.
 * Non-finite values are points like others. Known false alarm: the first validation, where it takes longer than all
 * before.
 */
export function stall(options: Partial<StallParameters> = {}): PointDetector<StallState> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    name: 'stall',
    parameters: { ...parameters },
    input: 'points',
    subject: 'run',
    watches: (_binding, { pace }) => pace,
    start: () => START,
    update: (state, points) => update(state, points),
    end: (state) => ({
      state: { ...state, said: null },
      says: state.said === null ? [] : [over(state, 'The run has ended')],
    }),
    silence: (state, silence) => silent(state, silence, parameters),
    due: (state) => due(state, parameters),
  };
}

export interface StallParameters {
  /** Least silence that is spoken of, in seconds. */
  readonly floor: number;
  /** Times the usual gap between points. */
  readonly factor: number;
}

const DEFAULTS: StallParameters = { floor: 60, factor: 10 };

interface StallState {
  readonly count: number;
  /** Of the latest point; trainer's time in seconds since 1970. */
  readonly time: number;
  readonly step: number;
  readonly epoch: number;
  /** The latest gaps between points, and the longest so far, in seconds. */
  readonly gaps: readonly number[];
  readonly longest: number;
  readonly said: 'warning' | 'critical' | 'gone' | null;
}

const START: StallState = {
  count: 0,
  time: NaN,
  step: 0,
  epoch: NaN,
  gaps: [],
  longest: 0,
  said: null,
};

const WARMUP = 5;
const GAPS = 32;
/** A first gap is taken for no longer than this, in seconds. */
const FIRST = 60;
/** Times the limit after which silence is critical. */
const CRITICAL = 5;

function update(before: StallState, { times, steps, epochs }: Points): Step<StallState> {
  const length = times.length;
  if (length === 0) return { state: before, says: [] };
  let { time, longest } = before;
  for (let at = 0; at < length; at++) {
    const gap = times[at] - time;
    time = times[at];
    if (gap > longest) longest = Math.min(gap, Math.max(2 * longest, FIRST));
  }
  const latest: number[] = [];
  for (let at = Math.max(0, length - GAPS); at < length; at++) {
    const gap = times[at] - (at === 0 ? before.time : times[at - 1]);
    if (gap >= 0) latest.push(gap);
  }
  const gaps = [...before.gaps, ...latest].slice(-GAPS);
  const state: StallState = {
    count: before.count + length,
    time,
    step: steps[length - 1],
    epoch: epochs[length - 1],
    gaps,
    longest,
    said: null,
  };
  return { state, says: before.said === null ? [] : [{ ...over(before, 'Points come again'), at: 0 }] };
}

/** Seconds of silence that are too long; null while the rhythm is not known. */
function limitOf({ count, gaps, longest }: StallState, { floor, factor }: StallParameters): number | null {
  return count < WARMUP ? null : Math.max(floor, factor * median(gaps), 3 * longest);
}

function due(state: StallState, parameters: StallParameters): number | null {
  const limit = limitOf(state, parameters);
  if (limit === null || state.said === 'critical' || state.said === 'gone') return null;
  return state.said === null ? limit : CRITICAL * limit;
}

function silent(
  state: StallState,
  { seconds, gone }: Silence,
  parameters: StallParameters,
): Step<StallState> {
  if (gone) {
    if (state.said === 'gone') return { state, says: [] };
    return { state: { ...state, said: 'gone' }, says: [left(state)] };
  }
  const wanted = due(state, parameters);
  if (wanted === null || seconds < wanted) return { state, says: [] };
  const said = seconds >= CRITICAL * limitOf(state, parameters)! ? 'critical' : 'warning';
  return { state: { ...state, said }, says: [hangs(state, seconds, said)] };
}

function placeOf({ step, epoch }: StallState): Pick<Said, 'from' | 'epoch'> {
  return { from: step, epoch: Number.isNaN(epoch) ? null : epoch };
}

function hangs(state: StallState, seconds: number, severity: Said['severity']): Said {
  const { from, epoch } = placeOf(state);
  const usual = median(state.gaps);
  const when = atEpoch(from, epoch);
  return {
    status: 'open',
    severity,
    from,
    epoch,
    title: `No points for ${spell(seconds)} since ${when}: there is usually one every ${spell(usual)}`,
    verdict: `Silent since ${when}: look whether the trainer hangs`,
    evidence: {
      'silent, seconds': seconds,
      'usual gap, seconds': usual,
      'longest gap so far, seconds': state.longest,
    },
    advice: [
      'Look where the process is (py-spy dump, its log): the connection is open, so it lives and waits for something',
      'Check the data loader and the disk or network that it reads from: a worker that died or hangs stops the loop without an error',
      'With several ranks, look for one that waits alone in a collective operation: the others then wait for ever',
    ],
  };
}

function left(state: StallState): Said {
  const { from, epoch } = placeOf(state);
  const when = atEpoch(from, epoch);
  return {
    status: 'open',
    severity: 'critical',
    from,
    epoch,
    title: `The trainer is gone without an end: its last point was at ${when}`,
    verdict: `Trainer gone after ${when}: look for a crash`,
    evidence: {},
    advice: [
      'Look for how the process ended: killed for memory (dmesg, the scheduler’s log), pre-empted, or crashed outside of Python',
      'Start it again from its last checkpoint, under the same run id to go on in this run',
      'If the process still runs, check its network: what it could not send is kept, and comes when it is back',
    ],
  };
}

function over(state: StallState, title: string): Said {
  return resolved(title, placeOf(state));
}

/** "40 s", "12 min", "3.5 h". */
function spell(seconds: number): string {
  if (seconds < 100) return `${number(seconds)} s`;
  return seconds < 6000 ? `${number(seconds / 60)} min` : `${number(seconds / 3600)} h`;
}
