import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { readLines } from '../../../server/diagnose/read-lines.ts';
import type { Recording } from '../../../server/diagnose/recording.ts';

const Label = Type.Object({
  fault: Type.String(),
  task: Type.String(),
  seed: Type.Integer(),
  /** The step from which the fault can be seen. */
  onset: Type.Integer(),
  /** Whether the run shows what it is labelled as; the others are left out of all scores. */
  counted: Type.Boolean(),
  /** What was compared to tell. */
  why: Type.String(),
});
export type Label = Static<typeof Label>;

const Labels = Type.Record(Type.String(), Label);

/** A recorded run and its true cause. */
export interface Labelled {
  readonly recording: Recording;
  readonly label: Label;
}

/**
 * Reads recorded curves (`.jsonl.gz`) as `tidemark diagnose` reads lines, and `labels.json` beside them.
 * @throws Error when a run has no label
 */
export async function readBench(curves: string): Promise<Labelled[]> {
  const text = gunzipSync(await readFile(curves)).toString();
  const labels = Value.Parse(
    Labels,
    JSON.parse(await readFile(join(dirname(curves), 'labels.json'), 'utf8')),
  );
  return runsOf(text).map(([run, lines]) => {
    if (!Object.hasOwn(labels, run)) throw new Error(`${curves}: run ${run} must have a label, got none`);
    return { recording: readLines(curves, run, lines)[0], label: labels[run] };
  });
}

/** The lines of each run by its id; a run begins with its hello. */
function runsOf(text: string): (readonly [string, string])[] {
  return text
    .split(/^(?=\{"kind":"run")/m)
    .map((lines) => [/"run":"([^"]+)"/.exec(lines)![1], lines.trimEnd()] as const);
}
