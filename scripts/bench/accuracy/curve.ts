import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { from, lastValueFrom, toArray } from 'rxjs';
import type { Detector } from '../../../server/detector.ts';
import { analyse, type Analysis } from '../../../server/pipeline/pipeline.ts';
import type { PipelineInput } from '../../../server/pipeline/input.ts';
import type { Table } from '../../../server/table.ts';
import type { Finding } from '../../../shared/finding.ts';

/** A recorded training history: one value of each series an epoch, the first of epoch `first`. */
export interface Curve {
  readonly name: string;
  readonly series: Readonly<Record<string, Float64Array>>;
}

/** Reads a file of one JSON object a line. */
export async function* readLines(path: string): AsyncGenerator<Record<string, unknown>> {
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (line.trim() !== '') yield JSON.parse(line) as Record<string, unknown>;
  }
}

/** Numbers as files spell them: "NaN" and "Infinity" as strings. */
export function numbers(values: unknown): Float64Array {
  return Float64Array.from(values as (number | string)[], Number);
}

/** The curve as one table of a run: a row an epoch, the step being the epoch. */
export function tableOf({ name, series }: Curve): Table {
  const columns = Object.entries(series).map(([name, values]) => ({ series: name, rows: null, values }));
  const length = columns.length > 0 ? columns[0].values.length : 0;
  const steps = Float64Array.from({ length }, (_, i) => i);
  return { run: name, writer: 'file', rank: 0, attempt: 0, steps, times: steps, columns };
}

/** Everything said of a curve, in order, and the last verdict. */
export async function diagnose(
  curve: Curve,
  detectors?: readonly Detector[],
): Promise<{ findings: Finding[]; last: Analysis }> {
  const inputs: PipelineInput[] = [
    { kind: 'table', run: curve.name, table: tableOf(curve) },
    { kind: 'end', run: curve.name, status: 'finished' },
  ];
  const analyses = await lastValueFrom(from(inputs).pipe(analyse(undefined, detectors), toArray()));
  return { findings: analyses.flatMap(({ findings }) => findings), last: analyses[analyses.length - 1] };
}
