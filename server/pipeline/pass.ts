import type { Detector, Rows, Said, Step } from '../detector.ts';
import type { Cut, Segment, SeriesPoints } from './cut.ts';
import type { PairWindows } from './pair.ts';
import type { Plan } from './plan.ts';

/** The place, among those of series, of what is said of several together. */
export const TOGETHER = -1;

/** A detector that threw is broken: it is not asked about that series again. */
export type Slot = { readonly state: unknown } | 'broken';

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

/** What the detectors know: of each series, by place and then by detector; and by detector, of several together. */
export interface Known {
  readonly slots: readonly (readonly (Slot | undefined)[] | undefined)[];
  readonly together: readonly (Slot | undefined)[];
}

/** The detectors' way through one input. */
export class Pass {
  readonly events: Event[] = [];
  readonly slots: (readonly (Slot | undefined)[] | undefined)[];
  together: readonly (Slot | undefined)[];
  readonly #made: Cut;

  constructor(made: Cut, { slots, together }: Known) {
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
