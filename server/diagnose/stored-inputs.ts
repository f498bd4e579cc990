import type { PointColumns } from '../../shared/points.ts';
import { pipelineInput } from '../pipeline-input.ts';
import type { PipelineInput } from '../pipeline/input.ts';
import { concatenated } from '../store/columns.ts';
import type { StoredRuns } from '../store/read-only.ts';
import type { Run, RunEvent } from '../store/run.ts';
import type { Column } from '../table.ts';
import { TABLE_ROWS } from './recording.ts';

/** An input and the trainer's time at which it came, about. */
export interface Timed {
  readonly time: number;
  readonly input: PipelineInput;
}

/**
 * What the pipeline has seen of a stored run. As it came, while all of it is in the journal; put together from chunks
 * otherwise: rows of one step and time are one line again, in the order of steps, and what came beside points is where
 * it was among the first rank's. Late lines are in their places by then, and lines of several ranks in their order by
 * time.
 */
export async function storedInputs(stored: StoredRuns, id: string): Promise<PipelineInput[]> {
  const records = stored.unsealed(id);
  if (records) return records.flatMap((record) => pipelineInput(record) ?? []);
  const run = stored.runs.get(id);
  if (run === undefined) return [];
  const first: Timed[] = [];
  const others: Timed[] = [];
  const events = [...run.events];
  const ranks = [...new Set([...run.series.values()].map(({ rank }) => rank))].sort((a, b) => a - b);
  for (const rank of ranks) {
    for (let attempt = 0; attempt <= (run.attempts.get(rank) ?? 0); attempt++) {
      const inputs = tables(
        await columnsOf(stored, run, rank, attempt),
        { run: id, rank, attempt },
        rank === 0 ? events : [],
      );
      (rank === 0 ? first : others).push(...inputs);
    }
  }
  first.push(...events.map(({ input }) => ({ time: Infinity, input })));
  others.sort((a, b) => a.time - b.time);
  const merged: PipelineInput[] = [];
  for (let i = 0, k = 0; i < first.length || k < others.length;)
    merged.push(i < first.length && (k >= others.length || first[i].time <= others[k].time) ? first[i++].input : others[k++].input); // prettier-ignore
  return merged;
}

export interface Named extends PointColumns {
  readonly series: string;
}

async function columnsOf({ points }: StoredRuns, run: Run, rank: number, attempt: number): Promise<Named[]> {
  const found: Named[] = [];
  for (const series of run.series.values()) {
    if (series.rank !== rank || !series.attempts.has(attempt)) continue;
    const parts: PointColumns[] = [];
    for await (const part of points.scan(run, series, attempt)) parts.push(part);
    found.push({ series: series.name, ...concatenated(parts) });
  }
  return found;
}

/**
 * Joins columns to tables; events are taken from the front of `events` and put before the first row behind them.
 * @param most rows of a table
 */
export function* tables(
  columns: readonly Named[],
  of: { readonly run: string; readonly rank: number; readonly attempt: number },
  events: RunEvent[],
  most = TABLE_ROWS,
): Generator<Timed> {
  const next = columns.map(() => 0);
  let steps: number[] = [];
  let times: number[] = [];
  let rows = new Map<number, { rows: number[]; values: number[] }>();
  const flush = function* (): Generator<Timed> {
    if (steps.length === 0) return;
    const built = [...rows].map(([at, column]): Column => ({
      series: columns[at].series,
      rows: column.rows.length === steps.length ? null : Uint32Array.from(column.rows),
      values: Float64Array.from(column.values),
    }));
    const table = { ...of, writer: 'store', steps: Float64Array.from(steps), times: Float64Array.from(times), columns: built }; // prettier-ignore
    yield { time: times[0], input: { kind: 'table', run: of.run, table } };
    steps = [];
    times = [];
    rows = new Map();
  };
  for (;;) {
    let [step, time] = [Infinity, Infinity];
    for (let at = 0; at < columns.length; at++) {
      const i = next[at];
      if (i >= columns[at].steps.length) continue;
      const here = columns[at].steps[i];
      if (here < step || (here === step && columns[at].times[i] < time))
        [step, time] = [here, columns[at].times[i]];
    }
    if (step === Infinity) break;
    for (let event = events.at(0); event && isBefore(event, of.attempt, step); event = events.at(0)) {
      yield* flush();
      yield { time, input: event.input };
      events.shift();
    }
    if (steps.length >= most) yield* flush();
    for (let at = 0; at < columns.length; at++) {
      const i = next[at];
      if (columns[at].steps[i] !== step || columns[at].times[i] !== time) continue;
      let column = rows.get(at);
      if (column === undefined) rows.set(at, (column = { rows: [], values: [] }));
      column.rows.push(steps.length);
      column.values.push(columns[at].values[i]);
      next[at]++;
    }
    steps.push(step);
    times.push(time);
  }
  yield* flush();
}

function isBefore(event: RunEvent, attempt: number, step: number): boolean {
  if (event.attempt !== attempt) return event.attempt < attempt;
  return event.step === null || event.step < step;
}
