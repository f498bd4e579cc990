import { expect, test } from 'vitest';
import type { Share } from '../../server/look.ts';
import { pointsFrame } from '../../server/points-frame.ts';
import { decodePoints } from '../../shared/points.ts';

const share = (series: string, value: number): Share => ({
  key: series,
  part: { series, rank: 0, attempt: 0, count: 1, total: 1, replace: false },
  columns: { steps: Float64Array.of(1), times: Float64Array.of(2), values: Float64Array.of(value) },
});

test('a frame is encoded once for all who are sent the same shares in a view of the same number', () => {
  const shares = [share('loss', 0.5), share('acc', NaN)];
  const frame = pointsFrame('r', 1, shares);
  expect(pointsFrame('r', 1, shares)).toBe(frame);
  const other = pointsFrame('r', 2, shares);
  expect(other).not.toBe(frame);
  expect(pointsFrame('r', 1, [...shares])).not.toBe(frame);
  const { header, columns } = decodePoints(other.buffer as ArrayBuffer);
  expect(header).toMatchObject({ kind: 'points', view: 2, run: 'r' });
  expect(header.parts.map(({ series }) => series)).toEqual(['loss', 'acc']);
  expect(columns.map(({ values }) => values[0])).toEqual([0.5, NaN]);
});
