import { expect, it } from 'vitest';
import { bySeed, commonSeries, mean } from '../../../client/runs/compare.ts';
import { Line } from '../../../client/series.ts';
import { aRun } from '../../browser/support/scenes.ts';

function lineOf(steps: readonly number[], values: readonly number[]): Line {
  const line = new Line('loss', 0, 0);
  line.append({
    steps: Float64Array.from(steps),
    times: Float64Array.from(steps),
    values: Float64Array.from(values),
  });
  return line;
}

it('takes runs together that differ in their seed alone', () => {
  const runs = [
    aRun('a', { config: { lr: 1, seed: 1 } }),
    aRun('b', { config: { lr: 2, seed: 1 } }),
    aRun('c', { config: { seed: 2, lr: 1 } }),
    aRun('d', { config: {} }),
    aRun('e', { config: {} }),
  ];
  expect(bySeed(runs).map((group) => group.map(({ run }) => run).join(''))).toEqual(['ac', 'b', 'd', 'e']);
});

it('takes the mean over the steps that all have, straight between points', () => {
  const line = mean('loss', [lineOf([0, 10, 20], [0, 10, 20]), lineOf([10, 30], [0, 20])])!;
  expect([line.steps[0], line.steps[line.length - 1]]).toEqual([10, 20]);
  expect([line.values[0], line.values[line.length - 1]]).toEqual([5, 15]);
});

it('leaves non-finite values out of a mean', () => {
  const line = mean('loss', [lineOf([0, 1], [NaN, 2]), lineOf([0, 1], [4, 4])])!;
  expect([...line.values.subarray(0, 2)]).toEqual([4, 3]);
});

it('offers losses and metrics, those that most runs have and validation first', () => {
  const series = (name: string, role: 'loss' | 'other', split: 'train' | 'validation') => ({
    series: name,
    rank: 0,
    role,
    split,
    quantity: 'loss',
    goal: null,
  });
  const both = [series('train/loss', 'loss', 'train'), series('val/loss', 'loss', 'validation')];
  const found = commonSeries([both, [...both, series('x', 'other', 'train')]]);
  expect(found.map((one) => one.series)).toEqual(['val/loss', 'train/loss']);
});
