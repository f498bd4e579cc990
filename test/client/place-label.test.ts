import { expect, it } from 'vitest';
import { elapsedLabel, epochLabel, stepLabel } from '../../client/chart/place-label.ts';

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

it.each([
  [5_123_000, 100_000, '5.12M'],
  [5_120_000, 10_000, '5.12M'],
  [5_123_450, 50, '5,123,450'],
  [5_125_000, 5000, '5,125,000'],
  [123_405, 5, '123,405'],
  [123_400, 200, '123.4K'],
  [123_450, 10, '123.45K'],
])('stepLabel spells %d, labels being %d apart, as "%s"', (step, distance, text) =>
  expect(stepLabel(step, distance)).toBe(text),
);

it.each([
  [0.5, 0, '0.5 s'],
  [12, 0, '12 s'],
  [330, 0, '5m 30s'],
  [300, 0, '5m'],
  [4800, 0, '1h 20m'],
  [50 * 3600, 0, '2d 2h'],
  [4830, 10, '1h 20m 30s'],
  [4830.5, 0.5, '1h 20m 30.5s'],
  [50 * 3600 + 600, 600, '2d 2h 10m'],
  [50 * 3600, 600, '2d 2h'],
  [12.25, 0.05, '12.25 s'],
  [-330, 30, '−5m 30s'],
])('elapsedLabel spells %d, labels being %d apart, as "%s"', (seconds, distance, text) =>
  expect(elapsedLabel(seconds, distance)).toBe(text),
);

it.each([
  [12.5, 0.5, '12.50'],
  [12.345, 0, '12.35'],
  [12.345, 0.005, '12.345'],
])('epochLabel spells %d, labels being %d apart, as "%s"', (epoch, distance, text) =>
  expect(epochLabel(epoch, distance)).toBe(text),
);
