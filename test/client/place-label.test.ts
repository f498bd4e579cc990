import { expect, it } from 'vitest';
import { stepLabel } from '../../client/chart/place-label.ts';

it.each([
  [0, '0'],
  [1200, '1,200'],
  [99_999, '99,999'],
  [100_000, '100K'],
  [123_456, '123.46K'],
  [999_999, '1M'],
  [1_250_000, '1.25M'],
  [-2_500_000, '-2.5M'],
  [3_000_000_000, '3B'],
  [1.5, ''],
])('stepLabel spells %d as "%s"', (step, text) => expect(stepLabel(step)).toBe(text));
