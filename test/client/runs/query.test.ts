import { describe, expect, it } from 'vitest';
import { matches, parseQuery } from '../../../client/runs/query.ts';
import { aRun } from '../../browser/support/scenes.ts';

const run = aRun('r1', {
  name: 'wide net',
  project: 'digits',
  tags: ['night', 'v2'],
  config: { optimizer: { name: 'adam', lr: 5e-4 }, batch: 32, amp: true },
  best: { series: 'val/loss', step: 9, epoch: 1, value: 0.21, age: 0 },
});

describe('a query', () => {
  it.each([
    ['', true],
    ['WIDE', true],
    ['wide digits', true],
    ['wide imagenet', false],
    ['tag:night', true],
    ['tag:nigh', false],
    ['status:running', true],
    ['is:lost', false],
    ['project:dig', true],
    ['lr<1e-3', true],
    ['lr<=5e-4', true],
    ['optimizer.lr>0.01', false],
    ['optimizer.name=ADAM', true],
    ['name!=adam', false],
    ['amp=true', true],
    ['batch==32', true],
    ['best<0.3 step>1000', true],
    ['nothing>1', false],
    ['nothing!=1', true],
    ['batch<many', false],
  ])('%s: %s', (text, expected) => {
    expect(matches(run, parseQuery(text))).toBe(expected);
  });

  it('hides archived runs unless they are looked for', () => {
    const archived = { ...run, archived: true };
    expect(matches(archived, parseQuery('wide'))).toBe(false);
    expect(matches(archived, parseQuery('wide is:archived'))).toBe(true);
    expect(matches(run, parseQuery('is:archived'))).toBe(false);
  });
});
