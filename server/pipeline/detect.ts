import type { Detector, Rows, Said, Step } from '../detector.ts';
import { factories } from '../detectors/index.ts';
import type { Cut, Segment, SeriesPoints } from './cut.ts';
import type { Setting } from './input.ts';
import type { PairWindows } from './pair.ts';
import { standing, type Roster } from './roster.ts';

/**
 * What the detectors know of a run: a state for every series that each of them watches. Plain data, never mutated: an
 * input makes new slots for the series that it has points of, and shares the rest.
 */
export interface DetectState {
  /** The detectors, in the order of the slots. */
  readonly names: readonly string[];
  /** By place of the series, then by detector. */
  readonly slots: readonly (readonly (Slot | undefined)[] | undefined)[];
  /** By detector: of the part that sees several series together. */
  readonly together: readonly (Slot | undefined)[];
}

/** The place, among those of series, of what is said of several together. */
export const TOGETHER = -1;

/** A detector that threw is broken: it is not asked about that series again. */
type Slot = { readonly state: unknown } | 'broken';

/** What became of the facts about one series, at a row of the input. */
export interface Event {
  readonly row: number;
  readonly detector: Detector;
  /** Which of the detectors it is. */
  readonly order: number;
  readonly place: number;
  /** null: the detector no longer watches the series, and what is open is to be resolved. */
  readonly said: Said | null;
  /** Step and trainer's time of the point that made it be said; null where that was the end of the run. */
  readonly step: number | null;
  readonly time: number | null;
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

type Settings = Cut['state']['settings'];

/** Who watches what. */
interface Plan {
  readonly roster: Roster;
  readonly settings: Settings;
  /** As they are set. */
  readonly detectors: readonly Detector[];
  /** By place of a series: the detectors that watch its points, and the windows that it ends. */
  readonly points: readonly (readonly number[])[];
  readonly windows: readonly (readonly number[])[];
  /** The detectors that see series together, and which, by place. */
  readonly together: readonly { readonly order: number; readonly watched: readonly boolean[] }[];
}

function planOf(detectors: readonly Detector[], roster: Roster, settings: Settings): Plan {
  const set = detectors.map((one) => {
    const setting = settings[one.name];
    return setting ? asSet(one, setting) : one;
  });
  const watching = (place: number, input: Detector['input']): number[] => {
    const { rank, binding } = roster.members[place];
    const stands = standing(roster, place);
    return [...set.keys()].filter((i) => {
      const detector = set[i];
      if (detector.input !== input || settings[detector.name]?.enabled === false) return false;
      return (rank === 0 || detector.ranks === 'all') && detector.watches(binding, stands);
    });
  };
  const places = [...roster.members.keys()];
  return {
    roster,
    settings,
    detectors: set,
    points: places.map((place) => watching(place, 'points')),
    windows: places.map((place) => watching(place, 'windows')),
    together: [...set.keys()].flatMap((order) => {
      const { name, together } = set[order];
      if (!together || settings[name]?.enabled === false) return [];
      const watched = roster.members.map(({ binding, rank }) => together.watches(binding, rank));
      return watched.includes(true) ? [{ order, watched }] : [];
    }),
  };
}

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

/** The detectors' way through one input. */
class Pass {
  readonly events: Event[] = [];
  readonly slots: (readonly (Slot | undefined)[] | undefined)[];
  together: readonly (Slot | undefined)[];
  readonly #made: Cut;

  constructor(made: Cut, { slots, together }: DetectState) {
    this.#made = made;
    this.slots = slots.slice();
    this.together = together;
  }

  segment(segment: Segment, plan: Plan): void {
    if (segment.changed) this.#reconsider(segment, plan);
    for (const batch of segment.points) this.#take(batch, plan.points[batch.place], plan);
    for (const batch of segment.windows) this.#take(batch, plan.windows[batch.place], plan);
    for (const { order, watched } of plan.together) {
      const rows = rowsOf(segment, watched);
      if (rows !== null) this.#takeTogether(rows, order, segment.row, plan);
    }
  }

  /** Lets a detector go on from what it knows of several series together. */
  #takeTogether(rows: Rows, order: number, row: number, plan: Plan): void {
    const slot = this.together[order];
    const detector = plan.detectors[order];
    if (slot === 'broken' || !detector.together) return;
    const place = TOGETHER;
    const where = (at: number): Where => ({ row: row + at, step: rows.steps[at], time: rows.times[at] });
    const keep = (after: Slot): void => {
      this.together = plan.detectors.map((_, one) => (one === order ? after : this.together[one]));
    };
    try {
      const before = slot === undefined ? detector.together.start() : slot.state;
      const { state, says } = detector.together.update(before, rows, this.#made.state.facts);
      keep({ state });
      for (const said of says) this.events.push({ ...where(said.at ?? 0), detector, order, place, said });
    } catch (error) {
      keep('broken');
      const names = rows.columns.map(({ binding }) => binding.series).join(', ');
      const said = broken(detector, names, rows.steps[0], error);
      this.events.push({ ...where(0), detector, order, place, said });
    }
  }

  /** Asks every detector about every series it watches for what is left to say, at no point. */
  ask(plan: Plan): void {
    const { input, state } = this.#made;
    for (const [place, row] of this.slots.entries()) {
      if (!row) continue;
      const slots = row.slice();
      this.slots[place] = slots;
      for (const [order, slot] of row.entries()) {
        if (slot === undefined || slot === 'broken') continue;
        this.#step(slots, order, place, plan, null, (detector, so) => {
          if (input.kind === 'end') return detector.end?.(so, state.facts) ?? null;
          return input.kind === 'silence' ? (detector.silence?.(so, input.silence) ?? null) : null;
        });
      }
    }
  }

  /** Drops what is known of series that are no longer watched, or are something else than before. */
  #reconsider({ rebound, row: at }: Segment, { detectors, points, windows, together }: Plan): void {
    this.together = this.together.map((slot, order) => {
      const watched = together.some((one) => one.order === order);
      if (slot === undefined || (rebound.length === 0 && (watched || slot === 'broken'))) return slot;
      const detector = detectors[order];
      this.events.push({ row: at, detector, order, place: TOGETHER, said: null, step: null, time: null });
      return undefined;
    });
    for (const [place, row] of this.slots.entries()) {
      if (!row) continue;
      const kept = row.map((slot, order) => {
        if (slot === undefined) return undefined;
        const watched = points[place].includes(order) || windows[place].includes(order);
        if (!rebound.includes(place) && (watched || slot === 'broken')) return slot;
        const detector = detectors[order];
        this.events.push({ row: at, detector, order, place, said: null, step: null, time: null });
        return undefined;
      });
      this.slots[place] = kept;
    }
  }

  /** Lets detectors go on from what they know of one series. */
  #take(batch: Batch, orders: readonly number[], plan: Plan): void {
    if (orders.length === 0) return;
    const { place } = batch;
    const slots = this.slots[place]?.slice() ?? plan.detectors.map(() => undefined);
    this.slots[place] = slots;
    for (const order of orders) this.#step(slots, order, place, plan, batch, this.#update);
  }

  readonly #update = (detector: Detector, state: unknown, batch: Batch | null): Step<unknown> | null => {
    const { facts } = this.#made.state;
    if (detector.input === 'points')
      return batch?.input === 'points' ? detector.update(state, batch.points, facts) : null;
    return batch?.input === 'windows' ? detector.update(state, batch.windows, facts) : null;
  };

  #step(
    slots: (Slot | undefined)[],
    order: number,
    place: number,
    plan: Plan,
    batch: Batch | null,
    update: (detector: Detector, state: unknown, batch: Batch | null) => Step<unknown> | null,
  ): void {
    const slot = slots[order];
    if (slot === 'broken') return;
    const detector = plan.detectors[order];
    const { binding } = plan.roster.members[place];
    try {
      const made = update(detector, slot === undefined ? detector.start(binding) : slot.state, batch);
      if (made === null) return;
      slots[order] = { state: made.state };
      for (const said of made.says) {
        this.events.push({ ...whereOf(batch, said.at), detector, order, place, said });
      }
    } catch (error) {
      slots[order] = 'broken';
      const at = whereOf(batch, 0);
      const said = broken(detector, binding.series, at.step ?? this.#made.state.last, error);
      this.events.push({ ...at, detector, order, place, said });
    }
  }
}

/** The rows of a segment, with those columns that are watched; null: there are none. */
function rowsOf({ table, epochs, points, roster }: Segment, watched: readonly boolean[]): Rows | null {
  if (table === null) return null;
  const { rank, steps, times } = table;
  const columns = points
    .filter(({ place }) => watched[place])
    .map(({ place, points: { values }, rows }) => {
      const { binding, logged } = roster.members[place];
      return { binding, logged, values: rows ? spread(values, rows, steps.length) : values };
    });
  if (columns.length === 0) return null;
  return { rank, steps, times, epochs, columns: columns.sort((a, b) => a.logged - b.logged) };
}

function spread(values: Float64Array, rows: Uint32Array, count: number): Float64Array {
  const dense = new Float64Array(count).fill(NaN);
  for (let i = 0; i < rows.length; i++) dense[rows[i]] = values[i];
  return dense;
}

/** What a detector is given of one series at once; null when it is asked at no point. */
type Batch = SeriesPoints | PairWindows;

function whereOf(batch: Batch | null, at: number | undefined): Where {
  if (batch === null || at === undefined) return NOWHERE;
  if (batch.input === 'windows') {
    const { step, time } = batch.windows[at];
    return { row: batch.rows[at], step, time };
  }
  const { points, row, rows } = batch;
  return { row: row + (rows ? rows[at] : at), step: points.steps[at], time: points.times[at] };
}

interface Where {
  readonly row: number;
  readonly step: number | null;
  readonly time: number | null;
}

const NOWHERE: Where = { row: Infinity, step: null, time: null };

/** Detectors by how they are set: making one for every input would cost more than running it. */
const MADE = new WeakMap<Setting, Detector>();

/** The detector with its parameters set. Its state stays: no state depends on parameters. */
function asSet(detector: Detector, setting: Setting): Detector {
  let made = MADE.get(setting);
  if (!made) {
    const factory = factories.get(detector.name);
    made = factory ? factory({ ...detector.parameters, ...setting.parameters }) : detector;
    MADE.set(setting, made);
  }
  return made;
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
