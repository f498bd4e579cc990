import { expect, it } from 'vitest';
import { percent } from '../../../server/detectors/words.ts';

it.each([
  [0, '0 %'],
  [0.0004, 'less than 0.1 %'],
  [0.0005, '0.1 %'],
  [0.0123, '1.2 %'],
  [-0.0123, '-1.2 %'],
  [0.5152, '52 %'],
  [12, '1200 %'],
])('a share of %d is %s', (share, text) => expect(percent(share)).toBe(text));
