import { expect, it } from 'vitest';
import { Rows } from '../../../server/store/rows.ts';

it('rows of resting runs are read once, and again when the run has changed or is gone', () => {
  const rows = new Map<string, string | null>([
    ['a', '{"run":"a"}'],
    ['b', null],
  ]);
  const read: string[] = [];
  const kept = new Rows({
    state: (run) => {
      read.push(run);
      return rows.get(run) ?? null;
    },
    findings: () => '[]',
  });
  for (let again = 0; again < 3; again++) {
    expect(kept.state('a')).toBe('{"run":"a"}');
    expect(kept.state('b')).toBeNull();
    expect(kept.findings('a')).toBe('[]');
  }
  expect(read).toEqual(['a', 'b']);
  rows.set('a', '{"run":"a","points":2}');
  kept.forget(['a', 'nobody']);
  expect(kept.state('a')).toBe('{"run":"a","points":2}');
  expect(read).toEqual(['a', 'b', 'a']);
});
