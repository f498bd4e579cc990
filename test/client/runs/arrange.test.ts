import { describe, expect, it } from 'vitest';
import { bandOf, groupRuns, rowsOf, sortRuns } from '../../../client/runs/arrange.ts';
import { COLUMNS, configColumn } from '../../../client/runs/columns.ts';
import { differingKeys, secondsLeft } from '../../../client/runs/config.ts';
import { aRun } from '../../browser/support/scenes.ts';

const best = (value: number) => ({ series: 'val/loss', step: 1, epoch: null, value, age: 0 });
const runs = [
  aRun('a', { best: best(0.3), config: { lr: 0.1, seed: 1 } }),
  aRun('b', { best: null, config: { lr: 0.01, seed: 2 } }),
  aRun('c', { best: best(0.1), config: { lr: 0.1, seed: 3 } }),
  aRun('d', { best: best(0.2), config: { lr: 0.01, seed: 4 }, pinned: true }),
];
const ids = (sorted: readonly { run: string }[]): string => sorted.map(({ run }) => run).join('');
const byBest = COLUMNS.find(({ key }) => key === 'best')!;

describe('runs', () => {
  it('are sorted either way, the pinned first and those without a value last', () => {
    expect(ids(sortRuns(runs, byBest, 'up', 0))).toBe('dcab');
    expect(ids(sortRuns(runs, byBest, 'down', 0))).toBe('dacb');
    expect(ids(sortRuns(runs, undefined, 'up', 0))).toBe('dabc');
    expect(ids(sortRuns(runs, configColumn('lr'), 'down', 0))).toBe('dacb');
  });

  it('are grouped by settings, with the mean, least and most of their best', () => {
    const groups = groupRuns(runs, ['lr']);
    expect(groups.map(({ values, runs: of }) => [values, ids(of)])).toEqual([
      [[['lr', '0.1']], 'ac'],
      [[['lr', '0.01']], 'bd'],
    ]);
    expect(groups[0].best).toEqual({ mean: 0.2, least: 0.1, most: 0.3 });
    expect(groupRuns(runs, ['lr', 'seed'])).toHaveLength(4);
    const rows = rowsOf(runs, ['lr'], new Set([groups[0].key]));
    expect(rows.map(({ kind }) => kind)).toEqual(['group', 'group', 'run', 'run']);
  });

  it('of different lengths make one band, and gaps take nothing from it', () => {
    const band = bandOf([[4, 2], [null, 4, 6, 8], [1]])!;
    expect([band.mean[0], band.least[0], band.most[0]]).toEqual([4, 4, 4]);
    expect([band.mean.at(-1), band.least.at(-1), band.most.at(-1)]).toEqual([5, 2, 8]);
    expect(bandOf([[1]])).toBeNull();
  });

  it('differ in these settings', () => {
    expect(differingKeys(runs)).toEqual(['lr', 'seed']);
    expect(differingKeys([aRun('x', { config: { a: 1 } }), aRun('y', { config: { a: 1, b: 2 } })])).toEqual([
      'b',
    ]);
  });

  it('that declare their length have this long left', () => {
    const at = { step: 399, epoch: 3, rate: 10 };
    expect(secondsLeft(aRun('s', { ...at, config: { max_steps: 1000 } }))).toBe(60);
    // Four epochs of a hundred steps each are done.
    expect(secondsLeft(aRun('e', { ...at, config: { epochs: 10 } }))).toBe(60);
    expect(secondsLeft(aRun('n', { ...at, config: {} }))).toBeNull();
    expect(secondsLeft(aRun('f', { ...at, status: 'finished', config: { epochs: 10 } }))).toBeNull();
  });
});
