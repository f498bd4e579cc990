import { expect, it } from 'vitest';
import { Detail, windowOf } from '../../client/detail.ts';
import { Line } from '../../client/series.ts';

function columns(steps: readonly number[]): Parameters<Line['append']>[0] {
  const places = Float64Array.from(steps);
  return { steps: places, times: places, values: places };
}
/** A line of 100,000 points of which every hundredth is here. */
function decimated(): Line {
  const line = new Line('loss', 0, 0);
  line.append(columns(Array.from({ length: 1001 }, (_, i) => i * 100)), 100_000);
  return line;
}
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const stepsOf = ({ steps, length }: Line) => [...steps.subarray(0, length)];
function start(): { detail: Detail; asked: () => number } {
  let count = 0;
  return { detail: new Detail(() => (count += 1)), asked: () => count };
}
const part = (steps: readonly number[], total = steps.length) => ({
  series: 0,
  attempt: 0,
  total,
  replace: true,
  window: 0,
  ...columns(steps),
});

it('asks for a stretch once, somewhat wider, at the chart’s pixels, and draws the line until it has come', () => {
  const { detail, asked } = start();
  const line = decimated();
  expect(detail.of(line, 2000, 3000, 500)).toBe(line);
  expect(detail.of(line, 2000, 3000, 500)).toBe(line);
  expect(asked()).toBe(1);
  const [wish] = detail.wishes(400);
  expect(windowOf('r', wish)).toEqual({
    run: 'r',
    series: 'loss',
    rank: 0,
    from: 1950,
    to: 3050,
    width: 550,
  });
});

it('joins what has come to the line’s own points on either side', () => {
  const { detail } = start();
  const line = decimated();
  detail.of(line, 2000, 3000, 500);
  const [wish] = detail.wishes(400);
  detail.take(wish, part(range(1950, 3050)), line);
  const shown = detail.of(line, 2000, 3000, 500);
  expect(stepsOf(shown)).toEqual([1900, ...range(1950, 3050), 3100]);
  expect(detail.at(line, 2500)).toBe(shown);
  expect(detail.at(line, 9000)).toBe(line);
  expect(line.complete).toBe(false);
});

it('asks for nothing within what it has whole, and anew within what is coarse or beyond', () => {
  const { detail, asked } = start();
  const line = decimated();
  detail.of(line, 0, 50_000, 500);
  const [coarse] = detail.wishes(400);
  detail.take(coarse, part([0, 100, 200, 52_000], 50_000), line);
  expect(asked()).toBe(1);
  detail.of(line, 2000, 4000, 500);
  expect(asked()).toBe(2);
  const [fine] = detail.wishes(400);
  detail.take(fine, part(range(1900, 4100)), line);
  detail.of(line, 2500, 2600, 500);
  expect(asked()).toBe(2);
  expect(detail.of(line, 5000, 5100, 500)).toBe(line);
  expect(asked()).toBe(3);
});

it('goes on with the points that come live, where it reaches the newest', () => {
  const { detail, asked } = start();
  const line = decimated();
  detail.of(line, 99_000, 100_000, 500);
  const [wish] = detail.wishes(400);
  detail.take(wish, part(range(98_950, 100_000)), line);
  for (let step = 100_001; step <= 100_020; step++) {
    line.append(columns([step]));
    detail.of(line, step - 1000, step, 500);
  }
  const shown = detail.of(line, 99_020, 100_020, 500);
  expect(stepsOf(shown).slice(-22)).toEqual(range(99_999, 100_020));
  expect(asked()).toBe(1);
});

it('takes nothing of a stretch that is not wanted any more, and lets go of it with the next', () => {
  const { detail } = start();
  const line = decimated();
  detail.of(line, 2000, 3000, 500);
  const [old] = detail.wishes(400);
  detail.turn();
  expect(detail.wishes(400)).toEqual([]);
  detail.of(line, 7000, 8000, 500);
  detail.take(old, part(range(1950, 3050)), line);
  expect(detail.of(line, 2000, 3000, 500)).toBe(line);
});
