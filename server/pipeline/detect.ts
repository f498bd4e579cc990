import { scan, type OperatorFunction } from 'rxjs';
import type { Detector, Said, Step, Window } from '../detector.ts';
import { factories } from '../detectors/index.ts';
import type { Cut, Segment } from './cut.ts';
import type { Setting } from './input.ts';
import { standing, type Roster } from './roster.ts';

/**
 * Runs one detector over every series of a run that it watches. One output per input. A detector that throws says so
 * in a finding about Tidemark, and is not asked about that series again; the others go on.
 */
export function detect(
  detector: Detector,
  restored: DetectState = EMPTY_DETECT,
): OperatorFunction<Cut, Detected> {
  return scan((before: Detected, made: Cut) => new Pass(detector, made, before.state).run(), {
    events: [],
    state: restored,
  });
}

export interface Detected {
  readonly events: readonly Event[];
  readonly state: DetectState;
}

/** What became of the facts about one series, at a row of the input. */
export interface Event {
  readonly row: number;
  readonly detector: Detector;
  readonly place: number;
  /** null: the detector no longer watches the series, and what is open is to be resolved. */
  readonly said: Said | null;
  /** Step and trainer's time of the point that made it be said; null where that was the end of the run. */
  readonly step: number | null;
  readonly time: number | null;
}

/** States by place of the series; plain data, never mutated. */
export interface DetectState {
  readonly slots: readonly (Slot | undefined)[];
}

type Slot = { readonly is: 'idle' | 'broken' } | { readonly is: 'watching'; readonly state: unknown };

export const EMPTY_DETECT: DetectState = { slots: [] };

/** Seconds of silence after which a detector would have something to say; null: never. */
export function dueOf(detector: Detector, { slots }: DetectState): number | null {
  if (!detector.due) return null;
  const all = slots.flatMap((slot) => (slot?.is === 'watching' ? (detector.due!(slot.state) ?? []) : []));
  return all.length > 0 ? Math.min(...all) : null;
}

/** One detector's way through one input. */
class Pass {
  readonly #detector: Detector;
  readonly #setting: Setting | undefined;
  readonly #made: Cut;
  readonly #slots: (Slot | undefined)[];
  readonly #events: Event[] = [];

  constructor(detector: Detector, made: Cut, state: DetectState) {
    this.#setting = made.state.settings[detector.name];
    this.#detector = this.#setting ? asSet(detector, this.#setting) : detector;
    this.#made = made;
    this.#slots = made.fresh ? [] : [...state.slots];
  }

  run(): Detected {
    for (const segment of this.#made.segments) this.#segment(segment);
    const { input, state } = this.#made;
    const detector = this.#detector;
    if (input.kind === 'end' && detector.end) this.#ask((so) => detector.end!(so, state.facts));
    if (input.kind === 'silence' && detector.silence) this.#ask((so) => detector.silence!(so, input.silence));
    return { events: this.#events, state: { slots: this.#slots } };
  }

  #segment(segment: Segment): void {
    const detector = this.#detector;
    const { roster } = segment;
    const { facts } = this.#made.state;
    if (segment.changed) this.#reconsider(segment);
    if (detector.input === 'points') {
      for (const { place, points, rows } of segment.points) {
        if (!this.#watches(roster, place)) continue;
        this.#step(
          place,
          roster,
          (state) => detector.update(state, points, facts),
          (at) => ({ row: rows(at), step: points.steps[at], time: points.times[at] }),
        );
      }
    } else {
      for (const { place, windows, rows } of segment.windows) {
        if (!this.#watches(roster, place)) continue;
        const where = (at: number): Where => ({ row: rows[at], ...whereOf(windows[at]) });
        this.#step(place, roster, (state) => detector.update(state, windows, facts), where);
      }
    }
  }

  /** Drops what is known of series that are no longer watched, or are something else than before. */
  #reconsider({ roster, rebound, row }: Segment): void {
    for (const [place, slot] of this.#slots.entries()) {
      if (!slot) continue;
      const unwatched = slot.is === 'watching' && !this.#wishes(roster, place);
      if (!unwatched && slot.is === 'watching' && !rebound.includes(place)) continue;
      if (slot.is === 'broken' && !rebound.includes(place)) continue;
      if (slot.is !== 'idle') {
        this.#events.push({ row, detector: this.#detector, place, said: null, step: null, time: null });
      }
      this.#slots[place] = undefined;
    }
  }

  #wishes(roster: Roster, place: number): boolean {
    if (this.#setting?.enabled === false) return false;
    const { rank, binding } = roster.members[place];
    if (rank !== 0 && this.#detector.ranks !== 'all') return false;
    return this.#detector.watches(binding, standing(roster, place));
  }

  #watches(roster: Roster, place: number): boolean {
    const slot = this.#slots[place];
    if (slot) return slot.is === 'watching';
    const wished = this.#wishes(roster, place);
    this.#slots[place] = wished
      ? { is: 'watching', state: this.#detector.start(roster.members[place].binding) }
      : { is: 'idle' };
    return wished;
  }

  #step(
    place: number,
    roster: Roster,
    update: (state: unknown) => Step<unknown>,
    where: (at: number) => Where,
  ): void {
    const slot = this.#slots[place];
    if (slot?.is !== 'watching') return;
    try {
      const { state, says } = update(slot.state);
      this.#slots[place] = { is: 'watching', state };
      for (const said of says) {
        const at = said.at === undefined ? { row: Infinity, step: null, time: null } : where(said.at);
        this.#events.push({ ...at, detector: this.#detector, place, said });
      }
    } catch (error) {
      this.#slots[place] = { is: 'broken' };
      const { series } = roster.members[place].binding;
      const at = where(0);
      const said = broken(this.#detector, series, at.step ?? this.#made.state.last, error);
      this.#events.push({ ...at, detector: this.#detector, place, said });
    }
  }

  /** Asks every series that is watched for what is left to say, at no point. */
  #ask(update: (state: unknown) => Step<unknown>): void {
    for (const [place, slot] of this.#slots.entries()) {
      if (slot?.is !== 'watching') continue;
      this.#step(place, this.#made.state.roster, update, () => ({ row: Infinity, step: null, time: null }));
    }
  }
}

/** Detectors by how they are set: making one for every input would cost more than running it. */
const MADE = new WeakMap<Setting, Detector>();

/** The detector with its parameters set. Its state stays: no state depends on parameters. */
export function asSet(detector: Detector, setting: Setting): Detector {
  let made = MADE.get(setting);
  if (!made) {
    const factory = factories.get(detector.name);
    made = factory ? factory({ ...detector.parameters, ...setting.parameters }) : detector;
    MADE.set(setting, made);
  }
  return made;
}

interface Where {
  readonly row: number;
  readonly step: number | null;
  readonly time: number | null;
}

function whereOf({ step, time }: Window): { step: number; time: number } {
  return { step, time };
}

/** Key of what is said about Tidemark itself. */
export const BROKEN = 'broken';

function broken({ name }: Detector, series: string, from: number, error: unknown): Said {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    key: BROKEN,
    status: 'open',
    severity: 'info',
    from,
    epoch: null,
    at: 0,
    title: `Tidemark’s detector ${name} failed on ${series} and was switched off for it: ${reason}`,
    verdict: '',
    evidence: {},
    advice: ['Report it with the run’s file: the fault is Tidemark’s, not the run’s'],
  };
}
