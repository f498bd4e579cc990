import { from, lastValueFrom, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { analyse, type Analysis, type PipelineInput } from '../../../server/pipeline/pipeline.ts';
import { tableOf } from './tables.ts';

async function analysesOf(...inputs: PipelineInput[]): Promise<Analysis[]> {
  return lastValueFrom(from(inputs).pipe(analyse(), toArray()));
}

test('gives one analysis per input and names the NaN', async () => {
  const rows = Array.from({ length: 30 }, (_, step) => ({
    step,
    values: { loss: step < 20 ? 1 / (step + 1) : NaN, val_loss: 2 / (step + 1) },
  }));
  const analyses = await analysesOf(
    { kind: 'table', run: 'run', table: tableOf(rows) },
    { kind: 'end', run: 'run', status: 'finished' },
    { kind: 'table', run: 'run', table: tableOf([{ step: 30, values: { loss: 1 } }]) },
  );
  expect(analyses).toHaveLength(3);
  expect(analyses[0].findings.map(({ id, title }) => [id, title])).toEqual([
    ['run/0/non-finite/run/1', 'Training loss became NaN at step 20'],
  ]);
  expect(analyses[2].best).toMatchObject({ step: 29, age: 0 });
});
