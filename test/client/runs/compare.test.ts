import { expect, it } from 'vitest';
import { bySeed, commonSeries } from '../../../client/runs/compare.ts';
import { aRun } from '../../browser/support/scenes.ts';

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
