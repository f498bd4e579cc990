import { expect, it } from 'vitest';
import { byText } from '../../client/text-order.ts';

it('byText orders without regard to case, and the same names by their characters', () => {
  expect(['b', 'B', 'a/2', 'C', 'a', '', 'A'].sort(byText)).toEqual(['', 'A', 'a', 'a/2', 'B', 'b', 'C']);
  expect(byText('same', 'same')).toBe(0);
});

it('byText orders numbers in names by their size', () => {
  const names = ['layer.0/w', 'layer.2/a', 'layer.2/b', 'Layer.3', 'layer.10/a', 'layer.x', 'layer10'];
  expect([...names].reverse().sort(byText)).toEqual(names);
  expect(['a01', 'a1', 'a2b', 'a10b', 'a'].sort(byText)).toEqual(['a', 'a01', 'a1', 'a2b', 'a10b']);
  expect(byText('epoch 12', 'epoch 12')).toBe(0);
});
