import type { Detector } from '../detector.ts';
import type { Cut } from './cut.ts';
import { type Event, type Known, Pass, type Slot } from './pass.ts';
import { asSet, type Plan, planOf, type Settings } from './plan.ts';
import type { Roster } from './roster.ts';

/**
 * What the detectors know of a run: a state for every series that each of them watches. Plain data, never mutated: an
 * input makes new slots for the series that it has points of, and shares the rest.
 */
export interface DetectState extends Known {
  /** The detectors, in the order of the slots. */
  readonly names: readonly string[];
}

export interface Detected {
  readonly events: readonly Event[];
  readonly state: DetectState;
}

/**
 * Runs all detectors over one run. A detector that throws says so in a finding about Tidemark, and is not asked about
 * that series again; the others go on.
 */
export class Detection {
  readonly #detectors: readonly Detector[];
  readonly #names: readonly string[];
  /** Most inputs change neither series nor settings: who watches what is worked out when they do. */
  #plan: Plan | null = null;

  constructor(detectors: readonly Detector[]) {
    this.#detectors = detectors;
    this.#names = detectors.map(({ name }) => name);
  }

  /** The state to begin with: what is known from before, put in the order of these detectors. */
  from({ names, slots, together }: DetectState): DetectState {
    const orders = this.#names.map((name) => names.indexOf(name));
    const sorted = (row: readonly (Slot | undefined)[]) =>
      orders.map((order) => (order < 0 ? undefined : row[order]));
    return {
      names: this.#names,
      slots: slots.map((row) => row && sorted(row)),
      together: sorted(together),
    };
  }

  run(before: DetectState, made: Cut): Detected {
    const { input, segments, state } = made;
    const asks = input.kind === 'end' || input.kind === 'silence';
    if (segments.length === 0 && !asks) return { events: NOTHING, state: before };
    const pass = new Pass(made, made.fresh ? EMPTY_DETECT : before);
    for (const segment of segments) pass.segment(segment, this.#planOf(segment.roster, state.settings));
    if (asks) pass.ask(this.#planOf(state.roster, state.settings));
    const { events, slots, together } = pass;
    return { events, state: { names: this.#names, slots, together } };
  }

  #planOf(roster: Roster, settings: Settings): Plan {
    if (this.#plan?.roster !== roster || this.#plan.settings !== settings) {
      this.#plan = planOf(this.#detectors, roster, settings);
    }
    return this.#plan;
  }
}

/** Before the first input. */
export const EMPTY_DETECT: DetectState = { names: [], slots: [], together: [] };

const NOTHING: readonly Event[] = [];

/** Seconds of silence after which a detector would have something to say; null: never. */
export function silenceDueOf(
  detectors: readonly Detector[],
  { names, slots }: DetectState,
  settings: Settings,
): number | null {
  const all = detectors.flatMap((one) => {
    if (!one.due) return [];
    const setting = settings[one.name];
    const detector = setting ? asSet(one, setting) : one;
    const order = names.indexOf(one.name);
    return slots.flatMap((row) => {
      const slot = row?.[order];
      return slot === undefined || slot === 'broken' ? [] : (detector.due!(slot.state) ?? []);
    });
  });
  return all.length > 0 ? Math.min(...all) : null;
}
