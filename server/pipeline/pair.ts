import type { Window } from '../detector.ts';
import type { Column, Table } from '../table.ts';
import type { Member } from './roster.ts';
import { addUpTo, EMPTY_TALLY, summary, type Tally } from './tally.ts';

/** Validations of one pair, with the table's row of each. */
export interface PairWindows {
  readonly input: 'windows';
  readonly place: number;
  readonly windows: readonly Window[];
  readonly rows: readonly number[];
}

/** What is remembered between inputs. */
export interface PairState {
  /** By place of a training series: its points since the run began. */
  readonly begun: readonly (Tally | undefined)[];
  /** By place of a validating series: validations so far, and training points since the latest. */
  readonly pairs: readonly (Pair | undefined)[];
}

interface Pair {
  readonly index: number;
  readonly tally: Tally;
}

/**
 * Pairs each validation with the training points since the one before; points of its own row are among them.
 * @param columns by place
 * @param places of those columns
 */
export function pairUp(
  members: readonly Member[],
  state: PairState,
  table: Table,
  columns: readonly (Column | undefined)[],
  places: readonly number[],
  epochs: Float64Array,
  rates: Float64Array,
  row: number,
): { windows: readonly PairWindows[]; state: PairState } {
  const begun = [...state.begun];
  const pairs = [...state.pairs];
  const windows: PairWindows[] = [];
  for (let place = 0; place < members.length; place++) {
    const { validates, training, binding } = members[place];
    if (!validates) continue;
    const validations = columns[place];
    const column = training === null ? undefined : columns[training];
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
    if (made.length > 0) windows.push({ input: 'windows', place, windows: made, rows });
  }
  for (const place of places) {
    const { rank, binding } = members[place];
    if (rank !== 0 || binding.split !== 'train') continue;
    if (binding.role !== 'loss' && binding.role !== 'metric') continue;
    [begun[place]] = addUpTo(begun[place] ?? EMPTY_TALLY, columns[place]!, 0, Infinity);
  }
  return { windows, state: { begun, pairs } };
}
