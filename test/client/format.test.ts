import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  flatten,
  formatAge,
  formatChange,
  formatCount,
  formatPercent,
  formatTick,
  formatValue,
  humanise,
  plural,
} from '../../client/format.ts';

describe('formatValue', () => {
  it.each([
    [0.31234567, '0.3123'],
    [0.312, '0.312'],
    [0, '0'],
    [-2.5, '−2.5'],
    [1234.5678, '1,235'],
    [9999.7, '10,000'],
    [123_456, '123,456'],
    [-999_999.5, '−1,000,000'],
    [0.000_123_456, '0.0001235'],
    [0.000_012_3, '1.23e−5'],
    [4_100_000_000, '4.10e9'],
    [NaN, 'NaN'],
    [Infinity, '+∞'],
    [-Infinity, '−∞'],
  ])('spells %d as %s', (value, text) => expect(formatValue(value)).toBe(text));
});

describe('formatChange', () => {
  it.each([
    [0.554_678, '+0.555'],
    [-0.004_656, '−0.00466'],
    [2118.4, '+2,120'],
    [0, '0'],
    [NaN, 'NaN'],
  ])('spells %d as %s', (change, text) => expect(formatChange(change)).toBe(text));
});

describe('formatPercent', () => {
  it.each([
    [-0.025_17, '−2.5 %'],
    [2.9987, '300 %'],
    [0.9996, '100 %'],
    [0.996, '99.6 %'],
    [11.453, '1,145 %'],
    [0.000_432, '0.043 %'],
    [0, '0 %'],
    [1, '100 %'],
  ])('spells %d as %s', (share, text) => expect(formatPercent(share)).toBe(text));
});

describe('formatAge', () => {
  it.each([
    [-3, 'now'],
    [1, 'now'],
    [2, '2 s ago'],
    [59.9, '59 s ago'],
    [60, '1 min ago'],
    [7200, '2 h ago'],
    [200_000, '2 d ago'],
  ])('spells %d s as %s', (seconds, text) => expect(formatAge(seconds)).toBe(text));
});

it('humanise turns keys of code into words', () => {
  expect(['relative_rise', 'relativeRise', 'grad-norm'].map(humanise)).toEqual([
    'relative rise',
    'relative rise',
    'grad norm',
  ]);
});

it.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  [-2.5, '-3'],
  [1_234_567_890, '1,234,567,890'],
])('formatCount spells %d as %s', (count, text) => expect(formatCount(count)).toBe(text));

it('plural counts', () =>
  expect([plural(1, 'line'), plural(2000, 'line')]).toEqual(['1 line', '2,000 lines']));

it('flatten names nested settings by their path and stops at the limit', () => {
  expect(flatten({ optimizer: { lr: 0.001, betas: [0.9, 0.99] }, seed: null })).toEqual([
    ['optimizer.lr', '0.001'],
    ['optimizer.betas', '[0.9,0.99]'],
    ['seed', '—'],
  ]);
  expect(flatten({ a: 1, b: 2, c: 3 }, 2)).toHaveLength(2);
});

it.each([
  [0.000625, 0.000025, '0.000625'],
  [0.00055, 0.00005, '0.00055'],
  [0.30000000000000004, 0.1, '0.3'],
  [2.34512, 0.00001, '2.34512'],
  [123_456.5, 0.5, '123,456.5'],
  [1_200_000, 200_000, '1.2e6'],
  [1_000_250, 250, '1.00025e6'],
  [-0.00002, 0.00001, '−2e−5'],
  [0, 0.1, '0'],
  [0.12345, 0, '0.1235'],
])('formatTick spells %d, labels being %d apart, as "%s"', (value, distance, text) =>
  expect(formatTick(value, distance)).toBe(text),
);

it('labels of neighbours differ, however far one has zoomed in', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2, 2.5, 5),
      fc.integer({ min: -12, max: 8 }),
      fc.integer({ min: -10_000, max: 10_000 }),
      (mantissa, exponent, multiple) => {
        const distance = Number(`${mantissa}e${exponent}`);
        const [here, there] = [multiple * distance, (multiple + 1) * distance];
        expect(formatTick(here, distance)).not.toBe(formatTick(there, distance));
      },
    ),
  );
});
