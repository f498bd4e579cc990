import { expect, it } from 'vitest';
import type { Axis } from '../../../client/chart/axis.ts';
import { Points } from '../../../client/points.ts';
import { type Curve, mean, overlay, overlayPlaces } from '../../../client/runs/overlay.ts';
import { Line } from '../../../client/series.ts';
import type { PointsPart } from '../../../shared/points.ts';

function lineOf(steps: readonly number[], values: readonly number[]): Line {
  const line = new Line('loss', 0, 0);
  line.append({
    steps: Float64Array.from(steps),
    times: Float64Array.from(steps),
    values: Float64Array.from(values),
  });
  return line;
}

it('takes the mean over the steps that all have, straight between points', () => {
  const [line] = mean('loss', [lineOf([0, 10, 20], [0, 10, 20]), lineOf([10, 30], [0, 20])]);
  expect([line.steps[0], line.steps[line.length - 1]]).toEqual([10, 20]);
  expect([line.values[0], line.values[line.length - 1]]).toEqual([5, 15]);
});

it('leaves non-finite values out of a mean', () => {
  const [line] = mean('loss', [lineOf([0, 1], [NaN, 2]), lineOf([0, 1], [4, 4])]);
  expect([...line.values.subarray(0, 2)]).toEqual([4, 3]);
});

/** A step a second from `start` on, an epoch each `per` steps. */
function runOf(start: number, per: number, attempts: readonly (readonly number[])[]): Points {
  const points = new Points();
  const named = ['loss', 'epoch'].map((series) => ({ series, rank: 0 }));
  points.epochSeries = 'epoch';
  attempts.forEach((steps, attempt) =>
    named.forEach(({ series: name }, series) => {
      const part: PointsPart = {
        ...{ series, attempt, replace: true, total: steps.length, window: null },
        steps: Float64Array.from(steps),
        times: Float64Array.from(steps, (step) => start + 1000 * attempt + step),
        values: Float64Array.from(steps, (step) => (name === 'epoch' ? step / per : step)),
      };
      points.apply([part], named);
    }),
  );
  return points;
}

/** Places of each line of each run, run by run, and the axis's ends; the first run is the baseline. */
function placed(axis: Axis, runs: readonly Points[]) {
  const curves = runs.map((points, i): Curve => ({ name: `r${i}`, points: [points] }));
  const now = overlay('loss', curves);
  const owner = (line: Line) => runs.filter((points) => points.lines('loss').includes(line));
  const places = overlayPlaces(axis, () => now, curves, owner, runs[0]);
  const of = curves.map(({ name }) =>
    now.lines(name).map((line) => [...places.of(line).subarray(0, line.length)]),
  );
  return { of, extent: places.extent(), places };
}

it('has each run where its own epochs, clock and training time are', () => {
  const runs = [runOf(500, 10, [[0, 10, 20]]), runOf(900, 20, [[0, 20, 40]])];
  expect(placed('step', runs)).toMatchObject({ of: [[[0, 10, 20]], [[0, 20, 40]]], extent: [0, 40] });
  expect(placed('epoch', runs)).toMatchObject({ of: [[[0, 1, 2]], [[0, 1, 2]]], extent: [0, 2] });
  expect(placed('time', runs)).toMatchObject({
    of: [[[500, 510, 520]], [[900, 920, 940]]],
    extent: [500, 940],
  });
  expect(placed('relative', runs)).toMatchObject({ of: [[[0, 10, 20]], [[0, 20, 40]]], extent: [0, 40] });
});

it('leaves out what lies between the attempts of a run, and draws all of them', () => {
  const runs = [runOf(0, 10, [[0, 10, 20], [20, 30]]), runOf(0, 10, [[0, 5]])]; // prettier-ignore
  expect(placed('relative', runs)).toMatchObject({ of: [[[0, 10, 20], [20, 30]], [[0, 5]]], extent: [0, 30] }); // prettier-ignore
});

it('has what is of no run where the baseline has it', () => {
  const { places } = placed('epoch', [runOf(0, 20, [[0, 20, 40]]), runOf(0, 10, [[0, 10, 20]])]);
  expect([places.at(20), places.stepAt(2)]).toEqual([1, 40]);
});

it('has a mean where its runs are on average', () => {
  const runs = [runOf(0, 10, [[0, 10, 20]]), runOf(100, 20, [[0, 10, 20]])];
  const curves = [{ name: 'r0', points: runs }];
  const now = overlay('loss', curves);
  const places = overlayPlaces(
    'time',
    () => now,
    curves,
    () => runs,
    runs[0],
  );
  const [line] = now.lines('r0');
  expect([...places.of(line).subarray(0, line.length)]).toEqual([50, 60, 70]);
  expect([...line.values.subarray(0, line.length)]).toEqual([0, 10, 20]);
});
