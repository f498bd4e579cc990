import type { PointColumns } from '../../shared/points.ts';
import { toWire } from '../../shared/numbers.ts';

/** Points of one series of one run in one attempt, as a stream of them comes. */
export interface Part extends PointColumns {
  readonly run: string;
  readonly series: string;
  readonly rank: number;
  readonly attempt: number;
}

/** Rows of text made at a time: long enough to be worth sending, short enough not to keep others waiting. */
const ROWS = 4096;

/** Points as CSV: a header and a row a point. NaN and infinities are spelled as the wire spells them. */
export async function* csvOf(parts: AsyncIterable<Part>): AsyncGenerator<string> {
  yield 'run,series,rank,attempt,step,time,value\n';
  for await (const part of parts) {
    const head = `${cell(part.run)},${cell(part.series)},${part.rank},${part.attempt},`;
    yield* rows(part, (i) => `${head}${part.steps[i]},${part.times[i]},${part.values[i]}\n`);
  }
}

/** Points as lines of JSON, one a point. */
export async function* ndjsonOf(parts: AsyncIterable<Part>): AsyncGenerator<string> {
  for await (const part of parts) {
    const { run, series, rank, attempt } = part;
    const head = JSON.stringify({ run, series, rank, attempt }).slice(0, -1);
    yield* rows(part, (i) => {
      const value = JSON.stringify(toWire(part.values[i]));
      return `${head},"step":${part.steps[i]},"time":${part.times[i]},"value":${value}}\n`;
    });
  }
}

function* rows({ steps }: Part, row: (i: number) => string): Generator<string> {
  for (let from = 0; from < steps.length; from += ROWS) {
    let text = '';
    for (let i = from; i < Math.min(steps.length, from + ROWS); i++) text += row(i);
    yield text;
  }
}

/** A text as a cell, quoted where it must be; one that a spreadsheet would run as a formula is quoted as text. */
export function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
