import { scan, type OperatorFunction } from 'rxjs';
import type { Points } from '../detector.ts';
import { type Facts, NO_FACTS } from '../facts.ts';
import type { Column, Table } from '../table.ts';
import type { PipelineInput, Setting } from './input.ts';
import { declare, EMPTY_ROSTER, enrol, placeOf, type Member, type Roster } from './roster.ts';
import { pointsOf, slice } from './rows.ts';
import { inForce } from './in-force.ts';
import { pairUp, type PairState, type PairWindows } from './pair.ts';

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
  /** The rows themselves; null where something was declared or set. */
  readonly table: Table | null;
  /** The epoch in force at each row. */
  readonly epochs: Float64Array;
  readonly points: readonly SeriesPoints[];
  readonly windows: readonly PairWindows[];
}

export interface SeriesPoints {
  readonly input: 'points';
  readonly place: number;
  readonly points: Points;
  /** The table's row where the segment begins, and each point's row in the segment; null: one in every row. */
  readonly row: number;
  readonly rows: Uint32Array | null;
}

/** What is remembered between inputs; plain data, never mutated. */
export interface CutState extends PairState {
  readonly roster: Roster;
  /** Declared so far. */
  readonly facts: Facts;
  /** Detectors set otherwise than by default, by name. */
  readonly settings: Readonly<Record<string, Setting | undefined>>;
  readonly attempt: number;
  /** First and last step of rank 0 in the present life of the run; null before the first. */
  readonly first: number | null;
  readonly last: number;
  /** Trainer's time of the last row, in seconds since 1970. */
  readonly time: number;
  /** In force after the last row; NaN where not logged. */
  readonly epoch: number;
  readonly rate: number;
}

export const EMPTY_CUT: CutState = {
  roster: EMPTY_ROSTER,
  facts: NO_FACTS,
  settings: {},
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
  if (input.kind === 'end' || input.kind === 'silence') return { input, fresh: false, segments: [], state };
  if (input.kind === 'facts') {
    const facts = { ...state.facts, ...input.facts };
    return { input, fresh: false, segments: [], state: { ...state, facts } };
  }
  if (input.kind === 'setting') {
    const { detector, ...given } = input.setting;
    const before = state.settings[detector];
    const parameters = { ...before?.parameters, ...given.parameters };
    const settings = { ...state.settings, [detector]: { ...before, ...input.setting, parameters } };
    const segment = { ...NO_ROWS, roster: state.roster };
    return { input, fresh: false, segments: [segment], state: { ...state, settings } };
  }
  const roster = declare(state.roster, input.define);
  const rebound = [...roster.members.keys()].filter(
    (place) => !sameBinding(roster.members[place], state.roster.members[place]),
  );
  const segment = { ...NO_ROWS, roster, rebound };
  return { input, fresh: false, segments: [segment], state: { ...state, roster } };
}

function sameBinding({ binding: a }: Member, { binding: b }: Member): boolean {
  return a.role === b.role && a.split === b.split && a.quantity === b.quantity && a.goal === b.goal;
}

function cutTable(before: CutState, input: PipelineInput, table: Table): Cut {
  const rows = table.steps.length;
  if (rows === 0) return { input, fresh: false, segments: [], state: before };
  const fresh = startsAfresh(before, table);
  let state = fresh
    ? { ...EMPTY_CUT, roster: before.roster, facts: before.facts, settings: before.settings }
    : before;
  const columns = filled(table.columns);
  const arrivals = arrivalsOf(state.roster, table.rank, columns);
  if (arrivals === null) {
    const whole = columns === table.columns ? table : { ...table, columns };
    const { segment, state: after } = cutSegment(state, state.roster, whole, 0, false);
    return { input, fresh, segments: [segment], state: after };
  }
  const segments: Segment[] = [];
  const starts = [...new Set([0, ...arrivals.keys()])].sort((a, b) => a - b);
  for (const [i, start] of starts.entries()) {
    const end = starts[i + 1] ?? rows;
    const added = arrivals.get(start);
    const roster = added ? enrol(state.roster, table.rank, added) : state.roster;
    const view = start === 0 && end === rows ? { ...table, columns } : slice(table, columns, start, end);
    const made = cutSegment(state, roster, view, start, added !== undefined);
    segments.push(made.segment);
    state = made.state;
  }
  return { input, fresh, segments, state };
}

/** The columns that hold something: nearly always all of them. */
function filled(columns: readonly Column[]): readonly Column[] {
  return columns.every(({ values }) => values.length > 0)
    ? columns
    : columns.filter(({ values }) => values.length > 0);
}

/** A new attempt that begins within the first tenth of the steps so far is a restart; a later one is a resume. */
function startsAfresh({ attempt, first, last }: CutState, table: Table): boolean {
  if (table.rank !== 0 || first === null || table.attempt <= attempt) return false;
  return table.steps[0] - first <= 0.1 * (last - first);
}

/** Names of series that the roster lacks, by the row where they first appear, in its order; null: none. */
function arrivalsOf(roster: Roster, rank: number, columns: readonly Column[]): Map<number, string[]> | null {
  let arrivals: Map<number, string[]> | null = null;
  for (const { series, rows } of columns) {
    if (placeOf(roster, rank, series) !== undefined) continue;
    const row = rows ? rows[0] : 0;
    arrivals ??= new Map<number, string[]>();
    arrivals.set(row, [...(arrivals.get(row) ?? []), series]);
  }
  return arrivals;
}

function cutSegment(
  state: CutState,
  roster: Roster,
  table: Table,
  row: number,
  changed: boolean,
): { segment: Segment; state: CutState } {
  const { columns, rank, steps, times } = table;
  const { members } = roster;
  /** By place; places without points are empty. */
  const byPlace: (Column | undefined)[] = [];
  const places: number[] = [];
  for (const column of columns) {
    const place = placeOf(roster, rank, column.series)!;
    byPlace[place] = column;
    places.push(place);
  }
  const judged = rank === 0;
  const epochs = inForce(table, judged ? byPlace[roster.epoch ?? -1] : undefined, state.epoch);
  const rates = inForce(table, judged ? byPlace[roster.rate ?? -1] : undefined, state.rate);
  const points = columns.map((column, i): SeriesPoints => ({
    input: 'points',
    place: places[i],
    points: pointsOf(table, column, members[places[i]].binding, epochs, rates),
    row,
    rows: column.rows,
  }));
  const made = { roster, changed, rebound: NONE, row, table, epochs, points };
  if (!judged) {
    const after = roster === state.roster ? state : { ...state, roster };
    return { segment: { ...made, windows: NONE }, state: after };
  }
  const windowed = pairUp(members, state, table, byPlace, places, epochs, rates, row);
  const last = steps.length - 1;
  return {
    segment: { ...made, windows: windowed.windows },
    state: {
      roster,
      facts: state.facts,
      settings: state.settings,
      attempt: table.attempt,
      first: state.first ?? steps[0],
      last: steps[last],
      time: times[last],
      epoch: epochs[last],
      rate: rates[last],
      begun: windowed.state.begun,
      pairs: windowed.state.pairs,
    },
  };
}

const NONE: readonly never[] = [];

/** A segment without rows: something was declared or set. */
const NO_ROWS = {
  changed: true,
  rebound: NONE,
  row: 0,
  table: null,
  epochs: new Float64Array(0),
  points: NONE,
  windows: NONE,
};
