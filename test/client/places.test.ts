import { describe, expect, it } from 'vitest';
import { shifts } from '../../client/chart/elapsed.ts';
import { type Placed, placesOf } from '../../client/chart/places.ts';
import { Line } from '../../client/series.ts';

function lineOf(attempt: number, steps: number[], times: number[], values = steps): Line {
  const line = new Line('loss', 0, attempt);
  line.append({
    steps: Float64Array.from(steps),
    times: Float64Array.from(times),
    values: Float64Array.from(values),
  });
  return line;
}
/** A run of lines of one series, and what it logs as epochs. */
function runOf(lines: readonly Line[], epochs: readonly Line[] = []): Placed {
  const attempts = new Map(
    lines.map(({ attempt, steps, times, length }) => [
      attempt,
      { first: steps[0], last: steps[length - 1], start: times[0], end: times[length - 1] },
    ]),
  );
  return {
    first: Math.min(...lines.map(({ steps }) => steps[0])),
    last: Math.max(...lines.map(({ steps, length }) => steps[length - 1])),
    attempts,
    epochs: (_, attempt) => epochs.find((line) => line.attempt === attempt),
    timed: (attempt) => lines.find((line) => line.attempt === attempt),
  };
}
const taken = (column: Float64Array, { length }: Line) => [...column.subarray(0, length)];

describe('relative time', () => {
  it('lays attempts end to end: the night between a crash and a restart is none', () => {
    const first = lineOf(0, [0, 10, 20, 30], [1000, 1010, 1020, 1030]);
    const second = lineOf(1, [20, 30, 40], [50_000, 50_010, 50_025]);
    const places = placesOf(runOf([first, second]), 'relative');
    expect(taken(places.of(first), first)).toEqual([0, 10, 20, 30]);
    expect(taken(places.of(second), second)).toEqual([30, 40, 55]);
    expect(places.extent()).toEqual([0, 55]);
    expect([places.at(30, 0), places.at(30, 1), places.at(35)]).toEqual([30, 40, 47.5]);
    expect([places.stepAt(15), places.stepAt(40), places.stepAt(47.5)]).toEqual([15, 30, 35]);
  });

  it('counts a pause within an attempt, which nothing tells from a long validation', () => {
    const line = lineOf(0, [0, 10, 20], [1000, 1010, 9000]);
    expect(taken(placesOf(runOf([line]), 'relative').of(line), line)).toEqual([0, 10, 8000]);
  });

  it('goes on where the clock of a restart is behind that of the attempt before', () => {
    const first = lineOf(0, [0, 10], [1000, 1010]);
    const second = lineOf(1, [10, 20], [500, 510]);
    const places = placesOf(runOf([first, second]), 'relative');
    expect(taken(places.of(second), second)).toEqual([10, 20]);
  });

  it('moves the attempts behind one that goes on', () => {
    expect([
      ...shifts(
        new Map([
          [1, { start: 500, end: 510 }],
          [0, { start: 100, end: 160 }],
        ]),
      ),
    ]).toEqual([
      [0, 100],
      [1, 440],
    ]);
  });
});

describe('wall time', () => {
  it('never falls, where a clock is set back', () => {
    const line = lineOf(0, [0, 1, 2, 3], [100, 130, 90, 140]);
    expect(taken(placesOf(runOf([line]), 'time').of(line), line)).toEqual([100, 130, 130, 140]);
  });
});

describe('epochs as an axis', () => {
  const line = lineOf(0, [0, 5, 10, 15, 20, 25, 30, 99], [0, 1, 2, 3, 4, 5, 6, 7]);

  it('spreads steps evenly between epochs, and goes on for one epoch behind the last', () => {
    const epochs = lineOf(0, [0, 4, 10, 20], [0, 1, 2, 3], [0, 0, 1, 2]);
    const places = placesOf(runOf([line], [epochs]), 'epoch');
    expect(taken(places.of(line), line)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3]);
    expect([places.stepAt(0.5), places.stepAt(1.5), places.at(15)]).toEqual([5, 15, 1.5]);
  });

  it('places what is behind the last epoch anew when the next one has come, and the rest not', () => {
    const epochs = lineOf(0, [0, 10], [0, 1], [0, 1]);
    const places = placesOf(runOf([line], [epochs]), 'epoch');
    expect(taken(places.of(line), line)[6]).toBe(2);
    epochs.append({ steps: Float64Array.of(30), times: Float64Array.of(2), values: Float64Array.of(2) });
    expect(taken(places.of(line), line).slice(0, 7)).toEqual([0, 0.5, 1, 1.25, 1.5, 1.75, 2]);
  });

  it('does not believe an epoch that falls back or is not a number, and is nowhere without epochs', () => {
    const epochs = lineOf(0, [0, 10, 12, 14, 20], [0, 1, 2, 3, 4], [0, 1, NaN, 0, 2]);
    expect(taken(placesOf(runOf([line], [epochs]), 'epoch').of(line), line)[3]).toBe(1.5);
    const nowhere = placesOf(runOf([line]), 'epoch');
    expect(taken(nowhere.of(line), line).every(Number.isNaN)).toBe(true);
    expect(nowhere.extent()).toBeNull();
  });
});
