import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { ParquetWriter, fileWriter } from 'hyparquet-writer';
import type { AlertLine, LogLine, RunLine } from '../../shared/lines.ts';
import { toWire, type WireNumber } from '../../shared/numbers.ts';
import { PROTOCOL } from '../../shared/version.ts';
import { storedInputs } from '../diagnose/stored-inputs.ts';
import { csvOf, type Part } from '../routes/point-texts.ts';
import { concatenated } from '../store/columns.ts';
import type { StoredRuns } from '../store/read-only.ts';
import type { Run } from '../store/run.ts';
import type { Table } from '../table.ts';

export const FORMATS = ['jsonl', 'csv', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

/**
 * Writes runs to a file: `jsonl` as the lines that a trainer sends, which `import` and `diagnose` read; `csv` and
 * `parquet` as a row a point, of run, series, rank, attempt, step, time and value.
 * @param file null: the standard output, which parquet cannot be written to
 */
export async function exportRuns(
  stored: StoredRuns,
  runs: readonly string[],
  format: Format,
  file: string | null,
): Promise<void> {
  if (format === 'parquet') return writeParquet(stored, runs, file!);
  const texts = format === 'csv' ? csvOf(partsOf(stored, runs)) : linesOf(stored, runs);
  if (file !== null) return pipeline(texts, createWriteStream(file));
  for await (const text of texts) if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

async function* partsOf(stored: StoredRuns, runs: readonly string[]): AsyncGenerator<Part> {
  for (const id of runs) {
    const run = stored.runs.get(id);
    if (run === undefined) continue;
    for (const series of run.series.values()) {
      const { name, rank, attempts } = series;
      for (const attempt of attempts.keys())
        for await (const part of stored.points.scan(run, series, attempt))
          yield { run: id, series: name, rank, attempt, ...part };
    }
  }
}

async function* linesOf(stored: StoredRuns, runs: readonly string[]): AsyncGenerator<string> {
  for (const id of runs) {
    const run = stored.runs.get(id);
    if (run === undefined) continue;
    const hello = helloOf(run);
    /** Lines are numbered by rank, so that importing them twice keeps them once. */
    const seqs = new Map<number, number>();
    let speaking: number | null = null;
    const say = (rank: number, line: object): string => {
      const seq = (seqs.get(rank) ?? 0) + 1;
      const said = { ...hello, writer: `export-${rank}`, rank };
      const before = speaking === rank ? '' : `${JSON.stringify(said)}\n`;
      seqs.set(rank, seq);
      speaking = rank;
      return `${before}${JSON.stringify({ ...line, seq })}\n`;
    };
    for (const define of run.defines.values()) yield say(0, define);
    const alerts = alertsOf(run);
    for (const input of await storedInputs(stored, id)) {
      if (input.kind === 'setting') yield say(0, { kind: 'setting', ...input.setting });
      if (input.kind !== 'table') continue;
      for (const line of rowsOf(input.table)) {
        // An alert stands where it was raised: it is of the epoch before it.
        while (alerts.length > 0 && alerts[0].time < line.time) yield say(0, alerts.shift()!);
        yield say(input.table.rank, line);
      }
    }
    for (const alert of alerts) yield say(0, alert);
    for (const note of run.remarks) yield say(0, note);
    const { status, reason, summary, ended } = run;
    if (Object.keys(summary).length > 0) yield say(0, { kind: 'update', summary });
    if (status !== 'running' && status !== 'lost')
      yield say(0, {
        kind: 'end',
        status,
        ...(reason && { reason }),
        ...(ended !== null && { time: ended }),
      });
    if (seqs.size === 0) yield say(0, { kind: 'note', text: 'this run had no lines' });
  }
}

/** A run's hello, with what people have changed since; without what says who speaks. */
function helloOf(run: Run): Omit<RunLine, 'writer' | 'rank'> {
  const { id, project, config, group, job, host, created, edit } = run;
  return {
    ...{ kind: 'run', protocol: PROTOCOL, run: id, project, name: edit.name ?? run.name, config },
    ...{ tags: [...(edit.tags ?? run.tags)], notes: edit.notes ?? run.notes },
    ...(group && { group }),
    ...(job && { job }),
    ...(host && { host }),
    ...{ stop: run.stopsItself ? 'best-epoch' : 'never', time: created },
  };
}

/** What the training script itself had people told, in the order of time. */
function alertsOf({ findings }: Run): (AlertLine & { readonly time: number })[] {
  return [...findings.values()]
    .filter(({ detector }) => detector === 'trainer')
    .sort((a, b) => a.time - b.time)
    .map(({ time, step, title, severity, advice }) => ({
      ...{ kind: 'alert', time, step, title, level: severity },
      ...(advice.length > 0 && { text: advice[0] }),
    }));
}

function* rowsOf({ steps, times, columns }: Table): Generator<LogLine & { readonly time: number }> {
  const next = columns.map(() => 0);
  for (let row = 0; row < steps.length; row++) {
    const values: Record<string, WireNumber> = {};
    for (const [at, { series, rows, values: kept }] of columns.entries()) {
      if (rows === null) values[series] = toWire(kept[row]);
      else if (rows[next[at]] === row) values[series] = toWire(kept[next[at]++]);
    }
    yield { kind: 'log', step: steps[row], time: times[row], values };
  }
}

const SCHEMA = [
  { name: 'root', num_children: 7 },
  { name: 'run', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'series', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'rank', type: 'INT32', repetition_type: 'REQUIRED' },
  { name: 'attempt', type: 'INT32', repetition_type: 'REQUIRED' },
  { name: 'step', type: 'INT64', repetition_type: 'REQUIRED' },
  { name: 'time', type: 'DOUBLE', repetition_type: 'REQUIRED' },
  { name: 'value', type: 'DOUBLE', repetition_type: 'REQUIRED' },
] as const;

/** Points of a row group at the most. */
const GROUP = 262_144;

/** A row group for each series and attempt, or for so many of its points. */
async function writeParquet(stored: StoredRuns, runs: readonly string[], file: string): Promise<void> {
  const writer = new ParquetWriter({ writer: fileWriter(file), schema: [...SCHEMA] });
  for await (const { run, series, rank, attempt, steps, times, values } of joined(partsOf(stored, runs))) {
    const all = <Value>(value: Value): Value[] => new Array<Value>(steps.length).fill(value);
    await writer.write({
      columnData: [
        { name: 'run', data: all(run) },
        { name: 'series', data: all(series) },
        { name: 'rank', data: all(rank) },
        { name: 'attempt', data: all(attempt) },
        { name: 'step', data: Array.from(steps, (step) => BigInt(step)) },
        { name: 'time', data: times },
        { name: 'value', data: values },
      ],
      rowGroupSize: GROUP,
    });
  }
  await writer.finish();
}

/** Neighbouring parts of one series and attempt as one, up to the size of a row group. */
async function* joined(parts: AsyncIterable<Part>): AsyncGenerator<Part> {
  let held: Part[] = [];
  let points = 0;
  const whole = (): Part => ({ ...held[0], ...concatenated(held) });
  for await (const part of parts) {
    const goesOn =
      held.length > 0 &&
      held[0].run === part.run &&
      held[0].series === part.series &&
      held[0].rank === part.rank &&
      held[0].attempt === part.attempt &&
      points + part.steps.length <= GROUP;
    if (!goesOn && held.length > 0) {
      yield whole();
      held = [];
      points = 0;
    }
    held.push(part);
    points += part.steps.length;
  }
  if (held.length > 0) yield whole();
}
