import { fault, type Fault } from '../../shared/errors.ts';
import type { Limits } from '../../shared/limits.ts';
import { SERIES_NAME, type ColumnsLine, type LogLine, type PackedLine } from '../../shared/lines.ts';
import { fromWire } from '../../shared/numbers.ts';
import { decodeLogFrame, type LogFrame } from '../../shared/log-frame.ts';
import type { SeqRange, TableRecord } from '../store/record.ts';
import type { Column } from '../table.ts';
import type { Intake, RankProgress, SeriesProgress } from './intake.ts';
import type { Speaker } from './state.ts';
import { TableBuilder } from './table-builder.ts';

/** Where a line is taken to: its run's intake, and the writer who says it. */
export interface Place {
  readonly intake: Intake;
  readonly speaker: Speaker;
}

/** Points as columns, checked but for what depends on the run. */
interface Points {
  readonly steps: Float64Array;
  readonly times: Float64Array;
  readonly columns: readonly Column[];
}

/**
 * Gathers what is logged into tables, no object per point: lines of one step together, columns as they are. A step
 * that goes backwards begins an attempt of its rank.
 */
export class Logs {
  readonly #limits: Limits;
  /** Server's time, in seconds since 1970. */
  readonly #now: number;
  readonly #keep: (record: TableRecord) => void;
  #table = new TableBuilder();
  #seqs: SeqRange = { from: 0, to: 0 };
  #place: Place | null = null;
  /** Of the line being taken. */
  readonly #series: SeriesProgress[] = [];

  /** @param keep takes the tables, in order */
  constructor(limits: Limits, now: number, keep: (record: TableRecord) => void) {
    this.#limits = limits;
    this.#now = now;
    this.#keep = keep;
  }

  /**
   * Takes a line of one step; the fault when it cannot be kept.
   * @param late it fills a gap: a lower step of it is no restart
   */
  line(place: Place, line: LogLine, seq: number, late: boolean): Fault | null {
    const { values, step, epoch } = line;
    const names = Object.keys(values);
    const reason = this.#find(place, names) ?? this.#advance(place, step, late);
    if (reason) return reason;
    const table = this.#row(place, step, line.time ?? this.#now, seq);
    if (epoch !== undefined) table.add(table.column('epoch'), epoch);
    for (let i = 0; i < names.length; i++) {
      if (epoch !== undefined && names[i] === 'epoch') continue; // said twice
      const value = values[names[i]];
      table.add(columnOf(this.#series[i], table), typeof value === 'number' ? value : fromWire(value));
    }
    return null;
  }

  /** Takes a line of many steps. */
  columns(place: Place, line: ColumnsLine, seq: number, late: boolean): Fault | null {
    const steps = new Float64Array(line.steps);
    const rows = steps.length;
    if (line.times && line.times.length !== rows)
      return fault('bad-line', {
        field: 'times',
        rule: `as many as steps, ${rows}`,
        value: line.times.length,
      });
    const names = Object.keys(line.values);
    const columns: Column[] = [];
    for (const name of names) {
      const values = line.values[name];
      if (values.length !== rows) {
        const rule = `as many as steps, ${rows}`;
        return fault('bad-line', { field: `values/${name}`, rule, value: values.length });
      }
      const column = columnFrom(name, values);
      if (column) columns.push(column);
    }
    const times = line.times ? new Float64Array(line.times) : new Float64Array(rows).fill(this.#now);
    return this.whole(place, { steps, times, columns }, { from: seq, to: seq }, late);
  }

  /** Takes a line of many steps as bytes. */
  packed(place: Place, { names, packed }: PackedLine, seq: number, late: boolean): Fault | null {
    const decoded = decodeLogFrame(Buffer.from(packed, 'base64'), names.length);
    if (!decoded.ok) {
      const { field = 'bytes', rule = '', value } = decoded.fault;
      return fault('bad-line', { field: `packed/${field}`, rule, value });
    }
    if (decoded.frame.numbered)
      return fault('bad-line', { field: 'packed/flags', rule: '0 or 1: one line', value: 2 });
    return this.whole(place, this.named(decoded.frame, names), { from: seq, to: seq }, late);
  }

  /** Takes points that are one line, as a table of their own; of series that the run may not have, the others' are kept. */
  whole(place: Place, points: Points, seqs: SeqRange, late: boolean): Fault | null {
    const { steps, columns } = points;
    const back = descent(steps);
    if (back >= 0) {
      const rule = `at least ${steps[back - 1]}, the step before it`;
      return fault('bad-line', { field: `steps/${back}`, rule, value: steps[back] });
    }
    const reason = this.#find(
      place,
      columns.map(({ series }) => series),
    );
    const { intake, speaker } = place;
    const progress = intake.rank(speaker.rank);
    if (reason) {
      const known = columns.filter(({ series }) => progress.series.has(series));
      if (reason.code !== 'too-many-series' || known.length === 0) return reason;
      return this.whole(place, { ...points, columns: known }, seqs, late) ?? reason;
    }
    this.flush();
    if (!late && this.#goesBack(progress, points)) {
      const tooMany = this.#begin(progress, 'steps/0', steps[0]);
      if (tooMany) return tooMany;
    }
    const { attempt } = progress;
    if (!late) {
      columns.forEach(({ rows }, i) => {
        const series = this.#series[i];
        series.attempt = attempt;
        series.last = steps[rows ? rows[rows.length - 1] : steps.length - 1];
      });
    }
    this.#keep({ kind: 'table', at: this.#now, seqs, table: { ...speaker, attempt, ...points } });
    return null;
  }

  /** Takes points whose rows are lines with numbers of their own; null: taken. Else they are to be taken row by row. */
  many(place: Place, points: Points, seqs: SeqRange): 'taken' | 'by row' | Fault {
    if (descent(points.steps) >= 0) return 'by row';
    const reason = this.#find(
      place,
      points.columns.map(({ series }) => series),
    );
    if (reason) return reason;
    if (this.#goesBack(place.intake.rank(place.speaker.rank), points)) return 'by row';
    return this.whole(place, points, seqs, false) ?? 'taken';
  }

  /** Takes one row of such points as the line that it is. @param next first value of each column not taken yet, moved on */
  oneOf(place: Place, points: Points, row: number, next: number[], seq: number, late: boolean): Fault | null {
    const { steps, times, columns } = points;
    const here = columns.filter(({ rows }, i) => (rows ? rows[next[i]] === row : true));
    const reason = this.#find(
      place,
      here.map(({ series }) => series),
    );
    const tooMany = reason ?? this.#advance(place, steps[row], late);
    if (tooMany) return tooMany;
    const table = this.#row(place, steps[row], times[row], seq);
    for (let i = 0; i < here.length; i++) {
      const { rows, values } = here[i];
      const at = rows ? next[columns.indexOf(here[i])] : row;
      table.add(columnOf(this.#series[i], table), values[at]);
    }
    return null;
  }

  /** A frame's columns under their names. @param names by id */
  named({ steps, times, columns }: LogFrame, names: readonly string[]): Points {
    return {
      steps,
      times: times ?? new Float64Array(steps.length).fill(this.#now),
      columns: columns.map(({ id, rows, values }) => ({
        series: names[id],
        rows,
        values: values instanceof Float64Array ? values : new Float64Array(values),
      })),
    };
  }

  /** Whether the run may have this series; the fault where it may not. */
  admit({ intake, speaker }: Place, name: string): Fault | null {
    const { nameLength, seriesPerRun } = this.#limits;
    if (name.length === 0 || name.length > nameLength || !SERIES_NAME.test(name)) {
      const rule = `named by 1 to ${nameLength} characters, none of them a control character`;
      return fault('bad-line', { field: 'values', rule, value: name });
    }
    if (intake.series(name, speaker.rank, seriesPerRun)) return null;
    const rule = `one of at most ${seriesPerRun} series`;
    return fault('too-many-series', { field: `values/${name}`, rule, value: name });
  }

  /** Closes the table being built. */
  flush(): void {
    if (this.#table.rows === 0 || this.#place === null) return;
    const { intake, speaker } = this.#place;
    const { attempt } = intake.rank(speaker.rank);
    const table = this.#table.build({ ...speaker, attempt });
    this.#keep({ kind: 'table', at: this.#now, seqs: this.#seqs, table });
    this.#table = new TableBuilder();
  }

  /** Finds the series of a line; the fault when the run may not have one of them. */
  #find(place: Place, names: readonly string[]): Fault | null {
    const { lineValues } = this.#limits;
    if (names.length > lineValues) {
      const rule = `at most ${lineValues} values`;
      return fault('too-many-values', { field: 'values', rule, value: names.length });
    }
    const { series } = place.intake.rank(place.speaker.rank);
    this.#series.length = names.length;
    for (let i = 0; i < names.length; i++) {
      let found = series.get(names[i]);
      if (found === undefined) {
        const reason = this.admit(place, names[i]);
        if (reason) return reason;
        found = series.get(names[i])!;
      }
      this.#series[i] = found;
    }
    return null;
  }

  /** Whether one of the series found last begins before its last step. */
  #goesBack({ attempt }: RankProgress, { steps, columns }: Points): boolean {
    return columns.some(({ rows }, i) => {
      const series = this.#series[i];
      return series.attempt === attempt && series.last > steps[rows ? rows[0] : 0];
    });
  }

  /** Brings the series found last to a step; the fault where it goes back once too often. */
  #advance(place: Place, step: number, late: boolean): Fault | null {
    if (late) return null;
    const progress = place.intake.rank(place.speaker.rank);
    let back = false;
    for (const series of this.#series) back ||= series.attempt === progress.attempt && series.last > step;
    if (back) {
      this.flush();
      const tooMany = this.#begin(progress, 'step', step);
      if (tooMany) return tooMany;
    }
    for (const series of this.#series) {
      series.attempt = progress.attempt;
      series.last = step;
    }
    return null;
  }

  /** Begins the next attempt of a rank; the fault where it has as many as it may. */
  #begin(progress: RankProgress, field: string, step: number): Fault | null {
    const { attemptsPerRank } = this.#limits;
    if (progress.attempt + 1 < attemptsPerRank) {
      progress.attempt++;
      return null;
    }
    const rule = `no lower than before: the rank has ${attemptsPerRank} attempts, as many as it may`;
    return fault('too-many-attempts', { field, rule, value: step });
  }

  /** Begins a row of the table being built, for the series found last. */
  #row(place: Place, step: number, time: number, seq: number): TableBuilder {
    if (this.#table.rows > 0 && this.#seqs.to !== seq - 1) this.flush();
    this.#place = place;
    this.#seqs = { from: this.#table.rows === 0 ? seq : this.#seqs.from, to: seq };
    this.#table.row(step, time);
    return this.#table;
  }
}

/** A series' column in the table being built. */
function columnOf(series: SeriesProgress, table: TableBuilder): NonNullable<SeriesProgress['column']> {
  if (series.builder === table) return series.column!;
  series.builder = table;
  return (series.column = table.column(series.name));
}

/** The first row whose step is below the one before it; -1: none is. */
function descent(steps: Float64Array): number {
  for (let i = 1; i < steps.length; i++) if (steps[i] < steps[i - 1]) return i;
  return -1;
}

/** A column of a line of many steps; null where it has no value at all. */
function columnFrom(series: string, given: ColumnsLine['values'][string]): Column | null {
  const values = new Float64Array(given.length);
  let rows: Uint32Array | null = null;
  let count = 0;
  for (let i = 0; i < given.length; i++) {
    const value = given[i];
    if (value === null) {
      if (rows) continue;
      rows = new Uint32Array(given.length);
      for (let k = 0; k < i; k++) rows[k] = k;
      continue;
    }
    if (rows) rows[count] = i;
    values[count++] = typeof value === 'number' ? value : fromWire(value);
  }
  if (rows === null) return { series, rows, values };
  return count === 0 ? null : { series, rows: rows.slice(0, count), values: values.slice(0, count) };
}
