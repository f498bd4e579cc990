import type { PipelineInput } from '../pipeline/input.ts';
import { type Named, tables, type Timed } from '../diagnose/stored-inputs.ts';
import { COUNT, FIRST, LAST } from '../store/nodes.ts';
import type { PointsReader } from '../store/points-reader.ts';
import type { Run, RunEvent } from '../store/run.ts';

/** Steps of one attempt of the first rank, both ends within. */
export interface Stretch {
  readonly attempt: number;
  readonly from: number;
  readonly to: number;
}

/** First and last step of the first rank's rows in an attempt, and points of them; null: it has none. */
export function extentOf(run: Run, attempt: number): { first: number; last: number; points: number } | null {
  let [first, last, points] = [Infinity, -Infinity, 0];
  for (const { rank, attempts } of run.series.values()) {
    const node = attempts.get(attempt)?.node;
    if (rank !== 0 || !node || node[COUNT] === 0) continue;
    first = Math.min(first, node[FIRST]);
    last = Math.max(last, node[LAST]);
    points += node[COUNT];
  }
  return points === 0 ? null : { first, last, points };
}

/** Values of a table: wide rows make short tables, so that none keeps the event loop for long. */
const TABLE_VALUES = 16_384;

/**
 * What the pipeline has seen of a run in a stretch of steps: rows of all ranks, those of other ranks in their order by
 * time, and what came beside points where it was among the first rank's.
 * @param events those that the stretch holds, in order
 */
export async function inputsOf(
  points: PointsReader,
  run: Run,
  { attempt, from, to }: Stretch,
  events: readonly RunEvent[],
): Promise<{ inputs: PipelineInput[]; damaged: string[] }> {
  const byRank = new Map<number, Named[]>();
  const damaged: string[] = [];
  for (const series of run.series.values()) {
    if (!series.attempts.has(attempt)) continue;
    const wish = { axis: 'step', from, to, width: Number.MAX_SAFE_INTEGER } as const;
    const read = await points.window(run, series, attempt, wish);
    damaged.push(...read.damaged);
    if (read.steps.length === 0) continue;
    const columns = byRank.get(series.rank);
    if (columns) columns.push({ series: series.name, ...read });
    else byRank.set(series.rank, [{ series: series.name, ...read }]);
  }
  const waiting = [...events];
  const first: Timed[] = [];
  const others: Timed[] = [];
  for (const [rank, columns] of [...byRank].sort(([a], [b]) => a - b)) {
    const rows = Math.max(16, Math.ceil(TABLE_VALUES / columns.length));
    const of = { run: run.id, rank, attempt };
    for (const made of tables(columns, of, rank === 0 ? waiting : [], rows))
      (rank === 0 ? first : others).push(made);
  }
  const lastTime = first.at(-1)?.time ?? -Infinity;
  first.push(...waiting.map(({ input }) => ({ time: lastTime, input })));
  others.sort((a, b) => a.time - b.time);
  const inputs: PipelineInput[] = [];
  for (let i = 0, k = 0; i < first.length || k < others.length;) {
    const firstNext = i < first.length && (k >= others.length || first[i].time <= others[k].time);
    inputs.push(firstNext ? first[i++].input : others[k++].input);
  }
  return { inputs, damaged };
}
