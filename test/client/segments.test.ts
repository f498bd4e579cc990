import { expect, it } from 'vitest';
import { segmentsOf, supersededFrom } from '../../client/chart/segments.ts';
import { Line } from '../../client/series.ts';

function lineOf(attempt: number, from: number, to: number, rank = 0): Line {
  const line = new Line('loss', rank, attempt);
  const steps = Float64Array.from({ length: to - from + 1 }, (_, i) => from + i);
  line.append({ steps, times: steps, values: steps });
  return line;
}

it('takes an attempt for superseded from where a later one of its rank began anew', () => {
  const lines = [lineOf(0, 0, 99), lineOf(1, 60, 150), lineOf(2, 80, 90), lineOf(5, 10, 20, 1)];
  expect(lines.map((line) => supersededFrom(line, lines))).toEqual([60, 80, Infinity, Infinity]);
});

it('cuts a line in two there, which share the point before it, the superseded one first', () => {
  const line = lineOf(0, 0, 99);
  expect(segmentsOf(line, 0, 99, 60)).toEqual([
    { from: 59, to: 99, superseded: true },
    { from: 0, to: 59, superseded: false },
  ]);
  expect(segmentsOf(line, 0, 99, Infinity)).toEqual([{ from: 0, to: 99, superseded: false }]);
  expect(segmentsOf(line, 0, 40, 60)).toEqual([{ from: 0, to: 40, superseded: false }]);
  expect(segmentsOf(line, 70, 99, 60)).toEqual([{ from: 70, to: 99, superseded: true }]);
  expect(segmentsOf(line, 0, 99, 0)).toEqual([{ from: 0, to: 99, superseded: true }]);
  expect(segmentsOf(line, 5, 4, 60)).toEqual([]);
});
