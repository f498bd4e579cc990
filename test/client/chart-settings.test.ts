import { expect, it } from 'vitest';
import {
  type ChartSettings,
  nextStrength,
  readPin,
  readSettings,
  readSpan,
  writeSettings,
  writeSpan,
} from '../../client/chart-settings.ts';

const params = (parts: Record<string, string | null>) =>
  new Map(Object.entries(parts).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])));

it('says in the address what it reads from it, and nothing of what is as it begins', () => {
  const settings: ChartSettings = {
    axis: 'relative',
    logX: true,
    logY: true,
    flipped: new Set(['loss/loss', 'metric/100 %|%7C']),
    fit: true,
    smooth: 0.95,
    follow: 1000,
    search: '^val/(loss|acc)',
  };
  expect(readSettings(params(writeSettings(settings)))).toEqual(settings);
  const plain = readSettings(new Map());
  expect(Object.values(writeSettings(plain)).every((part) => part === null)).toBe(true);
});

it('takes what cannot be for what it begins with', () => {
  const read = readSettings(params({ x: 'weather', smooth: '7', last: '-3' }));
  expect([read.axis, read.smooth, read.follow]).toEqual(['step', 0.999, null]);
  expect(readSettings(params({ smooth: 'much', last: 'all' }))).toMatchObject({ smooth: 0, follow: null });
});

it('spells a zoom to a hundredth of its width, on any axis', () => {
  expect(writeSpan([1000.4, 2000.6])).toBe('1000-2001');
  expect(writeSpan([-0.123456, 0.5])).toBe('-0.123-0.5');
  for (const span of [
    [17_000.25, 17_000.75],
    [1_790_000_000.5, 1_790_000_060],
    [-1, 3],
  ] as const)
    expect(readSpan(writeSpan(span))).toEqual(span);
  expect(['', '5', '9-3', '1-x', '1e3-2e3'].map(readSpan)).toEqual([null, null, null, null, null]);
});

it('goes to the next strength, and stays at the ends', () => {
  expect([nextStrength(0, 1), nextStrength(0.9, -1), nextStrength(0, -1), nextStrength(0.999, 1)]).toEqual([
    0.3, 0.85, 0, 0.999,
  ]);
});

it('reads a pinned step, and no nonsense', () => {
  expect(['1200', '0', '', 'x'].map(readPin)).toEqual([1200, 0, null, null]);
});
