import { scan, type OperatorFunction } from 'rxjs';
import type { Points, Window } from '../detector.ts';
import { type Facts, NO_FACTS } from '../facts.ts';
import type { Binding } from '../roles.ts';
import type { Column, Table } from '../table.ts';
import type { PipelineInput } from './input.ts';
import { declare, EMPTY_ROSTER, enrol, placeOf, type Member, type Roster } from './roster.ts';
import { addUpTo, EMPTY_TALLY, summary, type Tally } from './tally.ts';

/**
 * Cuts a run's inputs into what detectors take: the points of each series, and the validations with the training
 * points between them. Everything follows the order of rows, never the borders of tables.
 */
export function cut(restored: CutState = EMPTY_CUT): OperatorFunction<PipelineInput, Cut> {
  return scan((before: Cut, input: PipelineInput) => cutInput(before.state, input), {
    input: null as never,
    fresh: false,
    segments: [],
    state: restored,
  });
}

/** One input of a run, cut. */
export interface Cut {
  readonly input: PipelineInput;
  /** A new attempt has begun from the start: nothing before it counts any more. */
  readonly fresh: boolean;
  readonly segments: readonly Segment[];
  readonly state: CutState;
}

/** Rows of one table between which no series appears for the first time. */
export interface Segment {
  readonly roster: Roster;
  /** The roster is another than in the segment before. */
  readonly changed: boolean;
  /** Places of series that were declared to be something else than before. */
  readonly rebound: readonly number[];
  /** The table's row where it begins. */
  readonly row: number;
  readonly points: readonly SeriesPoints[];
  readonly windows: readonly PairWindows[];
}

export interface SeriesPoints {
  readonly place: number;
  readonly points: Points;
  /** The table's row of each point. */
  readonly rows: (index: number) => number;
}

export interface PairWindows {
  readonly place: number;
  readonly windows: readonly Window[];
  readonly rows: readonly number[];
}

/** What is remembered between inputs; plain data, never mutated. */
export interface CutState {
  readonly roster: Roster;
  /** Declared so far. */
  readonly facts: Facts;
  readonly attempt: number;
  /** First and last step of rank 0 in the present life of the run; null before the first. */
  readonly first: number | null;
  readonly last: number;
  /** Trainer's time of the last row, in seconds since 1970. */
  readonly time: number;
  /** In force after the last row; NaN where not logged. */
  readonly epoch: number;
  readonly rate: number;
  /** By place of a training series: its points since the run began. */
  readonly begun: readonly (Tally | undefined)[];
  /** By place of a validating series: validations so far, and training points since the latest. */
  readonly pairs: readonly (Pair | undefined)[];
}

interface Pair {
  readonly index: number;
  readonly tally: Tally;
}

export const EMPTY_CUT: CutState = {
  roster: EMPTY_ROSTER,
  facts: NO_FACTS,
  attempt: 0,
  first: null,
  last: 0,
  time: 0,
  epoch: NaN,
  rate: NaN,
  begun: [],
  pairs: [],
};

function cutInput(state: CutState, input: PipelineInput): Cut {
  if (input.kind === 'table') return cutTable(state, input, input.table);
  if (input.kind === 'end') return { input, fresh: false, segments: [], state };
  if (input.kind === 'facts') {
    const facts = { ...state.facts, ...input.facts };
    return { input, fresh: false, segments: [], state: { ...state, facts } };
  }
  const roster = declare(state.roster, input.define);
  const rebound = [...roster.members.keys()].filter(
    (place) => !sameBinding(roster.members[place], state.roster.members[place]),
  );
  const segment = { roster, changed: true, rebound, row: 0, points: [], windows: [] };
  return { input, fresh: false, segments: [segment], state: { ...state, roster } };
}

function sameBinding({ binding: a }: Member, { binding: b }: Member): boolean {
  return a.role === b.role && a.split === b.split && a.quantity === b.quantity && a.goal === b.goal;
}

function cutTable(before: CutState, input: PipelineInput, table: Table): Cut {
  const rows = table.steps.length;
  if (rows === 0) return { input, fresh: false, segments: [], state: before };
  const fresh = startsAfresh(before, table);
  let state = fresh ? { ...EMPTY_CUT, roster: before.roster, facts: before.facts } : before;
  const segments: Segment[] = [];
  const columns = table.columns.filter((column) => column.values.length > 0);
  const arrivals = arrivalsOf(state.roster, table.rank, columns);
  const starts = [...new Set([0, ...arrivals.keys()])].sort((a, b) => a - b);
  for (const [i, start] of starts.entries()) {
    const end = starts[i + 1] ?? rows;
    const added = arrivals.get(start);
    const roster = added ? enrol(state.roster, table.rank, added) : state.roster;
    const view = start === 0 && end === rows ? { ...table, columns } : slice(table, columns, start, end);
    const made = cutSegment({ ...state, roster }, view, start);
    segments.push({ ...made.segment, changed: added !== undefined });
    state = made.state;
  }
  if (table.rank === 0) {
    state = {
      ...state,
      attempt: table.attempt,
      first: state.first ?? table.steps[0],
      last: table.steps[rows - 1],
      time: table.times[rows - 1],
    };
  }
  return { input, fresh, segments, state };
}

/** A new attempt that begins within the first tenth of the steps so far is a restart; a later one is a resume. */
function startsAfresh({ attempt, first, last }: CutState, table: Table): boolean {
  if (table.rank !== 0 || first === null || table.attempt <= attempt) return false;
  return table.steps[0] - first <= 0.1 * (last - first);
}

/** Names of series that the roster lacks, by the row where they first appear, in the order of their names. */
function arrivalsOf(roster: Roster, rank: number, columns: readonly Column[]): Map<number, string[]> {
  const arrivals = new Map<number, string[]>();
  for (const { series, rows } of columns) {
    if (placeOf(roster, rank, series) !== undefined) continue;
    const row = rows ? rows[0] : 0;
    arrivals.set(row, [...(arrivals.get(row) ?? []), series].sort());
  }
  return arrivals;
}

/** Rows `start` to `end` of a table, as a table: views, no copies but of row numbers. */
function slice(table: Table, columns: readonly Column[], start: number, end: number): Table {
  const cutColumn = ({ series, rows, values }: Column): Column => {
    if (!rows) return { series, rows: null, values: values.subarray(start, end) };
    const from = lowerBound(rows, start);
    const to = lowerBound(rows, end);
    const shifted = rows.slice(from, to);
    for (let i = 0; i < shifted.length; i++) shifted[i] -= start;
    return { series, rows: shifted, values: values.subarray(from, to) };
  };
  return {
    ...table,
    steps: table.steps.subarray(start, end),
    times: table.times.subarray(start, end),
    columns: columns.map(cutColumn).filter((column) => column.values.length > 0),
  };
}

function lowerBound(sorted: Uint32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function cutSegment(state: CutState, table: Table, row: number): { segment: Segment; state: CutState } {
  const { roster } = state;
  const byPlace = new Map<number, Column>();
  for (const column of table.columns) byPlace.set(placeOf(roster, table.rank, column.series)!, column);
  const judged = table.rank === 0;
  const epochs = inForce(table, judged ? byPlace.get(roster.epoch ?? -1) : undefined, state.epoch);
  const rates = inForce(table, judged ? byPlace.get(roster.rate ?? -1) : undefined, state.rate);
  const points: SeriesPoints[] = [];
  for (const [place, column] of byPlace) {
    points.push({
      place,
      points: pointsOf(table, column, roster.members[place].binding, epochs, rates),
      rows: column.rows ? (index) => row + column.rows![index] : (index) => row + index,
    });
  }
  const made = { roster, changed: false, rebound: [], row, points };
  if (!judged) return { segment: { ...made, windows: [] }, state };
  const windowed = cutWindows(state, table, byPlace, epochs, rates, row);
  const last = table.steps.length - 1;
  return {
    segment: { ...made, windows: windowed.windows },
    state: { ...state, ...windowed.state, epoch: epochs[last], rate: rates[last] },
  };
}

let nans = new Float64Array(1024).fill(NaN);

/** The value in force at each row: the column's latest at or before it, or the one from before the table. */
function inForce(table: Table, column: Column | undefined, before: number): Float64Array {
  const count = table.steps.length;
  if (column?.rows === null) return column.values;
  if (!column && Number.isNaN(before)) {
    if (nans.length < count) nans = new Float64Array(2 * count).fill(NaN);
    return nans.subarray(0, count);
  }
  const values = new Float64Array(count).fill(before);
  if (column) {
    for (let i = 0; i < column.rows.length; i++) {
      values.fill(column.values[i], column.rows[i], column.rows[i + 1] ?? count);
    }
  }
  return values;
}

function pointsOf(
  table: Table,
  { rows, values }: Column,
  binding: Binding,
  epochs: Float64Array,
  rates: Float64Array,
): Points {
  if (!rows) return { binding, steps: table.steps, times: table.times, values, epochs, rates };
  const pick = (from: Float64Array): Float64Array => {
    const picked = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) picked[i] = from[rows[i]];
    return picked;
  };
  return {
    binding,
    steps: pick(table.steps),
    times: pick(table.times),
    values,
    epochs: pick(epochs),
    rates: pick(rates),
  };
}

/** Pairs each validation with the training points since the one before; points of its own row are among them. */
function cutWindows(
  state: CutState,
  table: Table,
  columns: ReadonlyMap<number, Column>,
  epochs: Float64Array,
  rates: Float64Array,
  row: number,
): { windows: PairWindows[]; state: Pick<CutState, 'begun' | 'pairs'> } {
  const { members } = state.roster;
  const begun = [...state.begun];
  const pairs = [...state.pairs];
  const windows: PairWindows[] = [];
  for (const [place, { validates, training, binding }] of members.entries()) {
    if (!validates) continue;
    const validations = columns.get(place);
    const column = training === null ? undefined : columns.get(training);
    const pair = pairs[place];
    if (!validations && (!column || !pair)) continue;
    let tally = pair?.tally ?? (training === null ? undefined : state.begun[training]) ?? EMPTY_TALLY;
    let index = pair?.index ?? 0;
    let from = 0;
    const made: Window[] = [];
    const rows: number[] = [];
    for (let i = 0; i < (validations?.values.length ?? 0); i++) {
      const at = validations!.rows ? validations!.rows[i] : i;
      if (column) [tally, from] = addUpTo(tally, column, from, at);
      made.push({
        validation: binding,
        training: training === null ? null : members[training].binding.series,
        index: index++,
        step: table.steps[at],
        time: table.times[at],
        epoch: Number.isNaN(epochs[at]) ? null : epochs[at],
        rate: Number.isNaN(rates[at]) ? null : rates[at],
        value: validations!.values[i],
        train: summary(tally),
      });
      rows.push(row + at);
      tally = EMPTY_TALLY;
    }
    if (column) [tally] = addUpTo(tally, column, from, Infinity);
    pairs[place] = { index, tally };
    if (made.length > 0) windows.push({ place, windows: made, rows });
  }
  for (const [place, column] of columns) {
    const { rank, binding } = members[place];
    if (rank !== 0 || binding.split !== 'train') continue;
    if (binding.role !== 'loss' && binding.role !== 'metric') continue;
    [begun[place]] = addUpTo(begun[place] ?? EMPTY_TALLY, column, 0, Infinity);
  }
  return { windows, state: { begun, pairs } };
}
