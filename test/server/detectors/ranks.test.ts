import { from, lastValueFrom, map, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, test } from 'vitest';
import { slowDown } from '../../../server/detectors/slow-down.ts';
import { analyse } from '../../../server/pipeline/pipeline.ts';
import type { PipelineInput } from '../../../server/pipeline/input.ts';
import { tableOf } from '../pipeline/tables.ts';
import { random } from './streams.ts';
import { lives } from './told.ts';

/** Step times of one rank, of which one in 23 is slow: a garbage collection, a checkpoint. */
function times(rank: number, length: number, usual: number): number[] {
  const next = random(rank + 1);
  return Array.from({ length }, (_, i) => usual * (1 + 0.2 * next()) * ((i + 5 * rank) % 23 === 22 ? 10 : 1));
}

/** Tables of the ranks in turns, `size` lines each. */
function tables(ranks: readonly (readonly number[])[], size: number, start = 0): PipelineInput[] {
  const inputs: PipelineInput[] = [];
  for (let begin = 0; begin < ranks[0].length; begin += size) {
    for (const [rank, values] of ranks.entries()) {
      const rows = values
        .slice(begin, begin + size)
        .map((value, i) => ({ step: start + begin + i, values: { step_time: value } }));
      inputs.push({ kind: 'table', run: 'run', table: tableOf(rows, { rank }) });
    }
  }
  return inputs;
}

async function said(inputs: readonly PipelineInput[]) {
  const analyses = await lastValueFrom(from(inputs).pipe(analyse(undefined, [slowDown()]), toArray()));
  return analyses.flatMap(({ findings }) => findings);
}

const uneven = [0.1, 0.1, 0.15, 0.1].map((usual, rank) => times(rank, 300, usual));

describe('slow-down, from rank to rank', () => {
  test('speaks in the frame in which a rank has stayed behind, and resolves when it keeps up', () => {
    const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted));
    scheduler.run(({ hot, expectObservable }) => {
      const flat = (rank: number, usual: number): number[] => times(rank, 50, usual);
      const inputs: Record<string, PipelineInput> = {};
      const letters = 'abcdef';
      const all = [
        ...tables([flat(0, 0.1), flat(1, 0.1)], 50),
        ...tables([flat(0, 0.1), flat(1, 0.2)], 50, 50),
        ...tables([flat(0, 0.1), flat(1, 0.1)], 50, 100),
      ];
      for (const [i, input] of all.entries()) inputs[letters[i]] = input;
      const heard = hot('a-b-c-d-e-f|', inputs).pipe(
        analyse(undefined, [slowDown({ factor: 1e6 })]),
        map(({ findings }) => findings.map(({ status }) => status[0]).join('') || 'n'),
      );
      expectObservable(heard).toBe('n-n-n-o-n-r|');
    });
  });

  test('names the rank, by how much, and since when', async () => {
    const findings = await said(tables(uneven, 1));
    expect(lives(findings)).toEqual(['open@49 from 29 warning']);
    expect(findings[0].title).toMatch(
      /^Rank 2 is slower than the others: its step_time is \d+ % longer than that of the middle one of 4 ranks/,
    );
    expect(findings[0].evidence.rank).toBe(2);
  });

  test('names each of several ranks', async () => {
    const slow = [0.1, 0.15, 0.1, 0.2, 0.1, 0.1].map((usual, rank) => times(rank, 300, usual));
    const ids = (await said(tables(slow, 1))).map(({ id }) => id);
    expect(ids.sort()).toEqual(['run/0/slow-down/run/step_time@1/1', 'run/0/slow-down/run/step_time@3/1']);
  });

  test.each([1, 7, 60, 300])('finds the rank when each sends %d lines at once', async (size) => {
    const findings = await said(tables(uneven, size));
    expect(findings.map(({ status, severity, evidence }) => [status, severity, evidence.rank])).toEqual([
      ['open', 'warning', 2],
    ]);
  });

  test('is silent on ranks that are alike, on one that is a tenth slower, and on a single one', async () => {
    for (const usual of [[0.1], [0.1, 0.1], [1e-6, 1.1e-6, 1e-6], Array<number>(16).fill(200)]) {
      expect(
        await said(
          tables(
            usual.map((one, rank) => times(rank, 600, one)),
            1,
          ),
        ),
      ).toEqual([]);
    }
  });
});
