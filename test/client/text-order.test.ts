import { expect, it } from 'vitest';
import { byText } from '../../client/text-order.ts';

it('byText orders without regard to case, and the same names by their characters', () => {
  expect(['b', 'B', 'a/2', 'C', 'a', '', 'A'].sort(byText)).toEqual(['', 'A', 'a', 'a/2', 'B', 'b', 'C']);
  expect(byText('same', 'same')).toBe(0);
});
