import { expect, test } from 'vitest';
import { backoff } from '../../sdk/backoff.ts';

test('doubles from 0.2 s to 10 s', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 50].map((failures) => backoff(failures, 0.999999));
  expect(waits.map((wait) => Number(wait.toFixed(3)))).toEqual([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10]);
});

test('is spread over the upper half of the wait', () => {
  expect(backoff(3, 0)).toBeCloseTo(0.4);
  expect(backoff(3, 0.5)).toBeCloseTo(0.6);
});
