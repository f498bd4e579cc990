import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { Window } from '../../../server/detector.ts';
import { cut } from '../../../server/pipeline/cut.ts';
import type { PipelineInput } from '../../../server/pipeline/input.ts';
import { tableOf, type Row } from './tables.ts';

async function windowsOf(rows: readonly Row[], size: number): Promise<Window[]> {
  const inputs: PipelineInput[] = [];
  for (let i = 0; i < rows.length; i += size) {
    inputs.push({ kind: 'table', run: 'run', table: tableOf(rows.slice(i, i + size)) });
  }
  const made = await lastValueFrom(from(inputs).pipe(cut(), toArray()));
  return made.flatMap(({ segments }) =>
    segments.flatMap(({ windows }) => windows.flatMap((pair) => pair.windows)),
  );
}

const rows: Row[] = [
  { step: 1, values: { loss: 4, lr: 0.1 } },
  { step: 2, values: { loss: 3, epoch: 1 } },
  { step: 3, values: { loss: 2, val_loss: 5 } },
  { step: 4, values: { val_loss: 6 } },
  { step: 5, values: { loss: NaN, epoch: 2, lr: 0.01 } },
  { step: 6, values: { loss: 7 } },
  { step: 6, values: { val_loss: 8 } },
];

describe('cut', () => {
  test.each([1, 2, 3, 7])(
    'pairs validations with the training points between them, in tables of %d rows',
    async (size) => {
      const windows = await windowsOf(rows, size);
      expect(
        windows.map(({ index, step, epoch, rate, value, train }) => ({
          index,
          step,
          epoch,
          rate,
          value,
          train,
        })),
      ).toEqual([
        {
          index: 0,
          step: 3,
          epoch: 1,
          rate: 0.1,
          value: 5,
          train: { count: 3, mean: 3, min: 2, max: 4, last: 2 },
        },
        { index: 1, step: 4, epoch: 1, rate: 0.1, value: 6, train: null },
        {
          index: 2,
          step: 6,
          epoch: 2,
          rate: 0.01,
          value: 8,
          train: { count: 1, mean: 7, min: 7, max: 7, last: 7 },
        },
      ]);
    },
  );

  test('pairs by quantity', async () => {
    const windows = await windowsOf(
      [{ step: 1, values: { train_loss: 1, train_acc: 0.5, val_acc: 0.4, val_f1: 0.3 } }],
      1,
    );
    expect(windows.map(({ validation, training }) => [validation.series, training])).toEqual([
      ['val_acc', 'train_acc'],
      ['val_f1', null],
    ]);
  });
});
