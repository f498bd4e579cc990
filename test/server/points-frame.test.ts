import { expect, test } from 'vitest';
import type { Share } from '../../server/look.ts';
import { pointsFrame } from '../../server/points-frame.ts';
import { decodePoints } from '../../shared/points.ts';

const share = (number: number, value: number): Share => ({
  key: String(number),
  series: { name: String(number), rank: 0, number, attempts: new Map() },
  part: {
    ...{ series: number, attempt: 0, total: 1, replace: false, window: null },
    ...{ steps: Float64Array.of(1), times: Float64Array.of(2), values: Float64Array.of(value) },
  },
});

test('a frame is encoded once for all who are sent the same shares in a view of the same number', () => {
  const shares = [share(3, 0.5), share(7, NaN)];
  const frame = pointsFrame('r', 1, shares);
  expect(pointsFrame('r', 1, shares)).toBe(frame);
  expect(pointsFrame('r', 1, [...shares])).not.toBe(frame);
});

test('a frame for a view of another number differs in that alone, and leaves the first as it was', () => {
  const shares = [share(3, 0.5), share(7, NaN)];
  const frame = pointsFrame('r', 1, shares);
  const other = pointsFrame('r', 2, shares);
  expect(pointsFrame('r', 2, shares)).toBe(other);
  const [one, two] = [frame, other].map((bytes) => decodePoints(new Uint8Array(bytes).buffer));
  expect([one.view, two.view]).toEqual([1, 2]);
  expect({ ...two, view: 1 }).toEqual(one);
  expect(two.parts.map(({ series, values }) => [series, values[0]])).toEqual([
    [3, 0.5],
    [7, NaN],
  ]);
});
