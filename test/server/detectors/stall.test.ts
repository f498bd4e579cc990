import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { detectors } from '../../../server/detectors/index.ts';
import { stall } from '../../../server/detectors/stall.ts';
import type { PipelineInput } from '../../../server/pipeline/input.ts';
import { analyse, silenceDue } from '../../../server/pipeline/pipeline.ts';
import { tableOf } from '../pipeline/tables.ts';
import { pointsOf } from './streams.ts';
import { lives } from './told.ts';

const run = 'run';

/** Points at these times, their steps running on from `step`. */
function points(times: readonly number[], step = 0): PipelineInput {
  const table = tableOf(times.map((_, i) => ({ step: step + i, values: { loss: 1 } })));
  return { kind: 'table', run, table: { ...table, times: Float64Array.from(times) } };
}

function silence(seconds: number, gone = false): PipelineInput {
  return { kind: 'silence', run, silence: { seconds, gone } };
}

const end: PipelineInput = { kind: 'end', run, status: 'finished' };

/** A point every `gap` seconds. */
function every(gap: number, count: number, start = 0): number[] {
  return Array.from({ length: count }, (_, i) => start + gap * i);
}

async function told(inputs: readonly PipelineInput[]) {
  const analyses = await lastValueFrom(from(inputs).pipe(analyse(undefined, [stall()]), toArray()));
  return { findings: analyses.flatMap(({ findings }) => findings), last: analyses.at(-1)! };
}

describe('stall', () => {
  test('warns of a long silence, escalates, and resolves when points come again', async () => {
    const { findings } = await told([
      points(every(1, 20)),
      silence(59),
      silence(61),
      silence(65),
      silence(301),
      points([400], 20),
    ]);
    expect(lives(findings)).toEqual([
      'open@19 from 19 warning',
      'open@19 from 19 critical',
      'resolved@20 from 19 critical',
    ]);
    expect(findings[0].title).toBe('No points for 61 s since step 19: there is usually one every 1 s');
  });

  test('goes by the rhythm of the run, of which long validations are a part', async () => {
    expect((await told([points(every(100, 20)), silence(900)])).findings).toEqual([]);
    expect((await told([points(every(100, 20)), silence(1001)])).findings).toHaveLength(1);
    const validating = [...every(1, 20), ...every(1, 20, 60)];
    expect((await told([points(validating), silence(100)])).findings).toEqual([]);
  });

  test('does not take a pause for the rhythm', async () => {
    const { findings } = await told([points([...every(1, 20), ...every(1, 20, 1e5)]), silence(400)]);
    expect(lives(findings)).toEqual(['open@39 from 39 warning']);
  });

  test('says at once that the trainer is gone, and resolves at an end', async () => {
    const { findings, last } = await told([points([0, 1]), silence(0, true), silence(0, true)]);
    expect(lives(findings)).toEqual(['open@1 from 1 critical']);
    expect(last.verdict).toBe('Trainer gone after step 1: look for a crash');
    const ended = await told([points([0, 1]), silence(0, true), end]);
    expect(ended.findings.at(-1)!.status).toBe('resolved');
  });

  test('tells after which silence it would speak', async () => {
    const due = async (...inputs: PipelineInput[]): Promise<number | null> => {
      const analyses = await lastValueFrom(from(inputs).pipe(analyse(undefined, detectors), toArray()));
      return silenceDue(analyses.at(-1)!.state);
    };
    expect(await due(points(every(1, 4)))).toBeNull();
    expect(await due(points(every(10, 20)))).toBe(100);
    expect(await due(points(every(10, 20)), silence(101))).toBe(500);
    expect(await due(points(every(10, 20)), silence(501))).toBeNull();
  });

  test('keeps the same state however points are cut', () => {
    const values = every(1, 90).map((time) => time + (time > 40 ? 30 : 0));
    const detector = stall();
    const batch = (begin: number, stop: number) => ({
      ...pointsOf('loss', Array<number>(stop - begin).fill(1), begin),
      times: Float64Array.from(values.slice(begin, stop)),
    });
    const { state } = detector.update(detector.start(batch(0, 1).binding), batch(0, 90), {});
    let singly = detector.start(batch(0, 1).binding);
    for (let i = 0; i < 90; i++) singly = detector.update(singly, batch(i, i + 1), {}).state;
    expect(singly).toEqual(state);
  });
});
