import { expect, it } from 'vitest';
import { Raster, type Rgb } from '../../client/chart/raster.ts';

const BLUE: Rgb = [10, 100, 200];

/** How much of each pixel is covered, of 255, row by row. */
function drawn(width: number, height: number, draw: (raster: Raster) => void): number[][] {
  const raster = new Raster(width, height);
  draw(raster);
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => raster.pixels[4 * (row * width + column) + 3]),
  );
}

function line(raster: Raster, wide: number, ...points: readonly (readonly [number, number])[]): void {
  raster.begin(BLUE, wide);
  points.forEach(([x, y], i) => (i === 0 ? raster.moveTo(x, y) : raster.lineTo(x, y)));
  raster.end();
}

it('covers the pixels that a level line runs through, half of each where it runs between two', () => {
  expect(drawn(3, 3, (raster) => line(raster, 1, [0, 1.5], [3, 1.5]))).toEqual([
    [0, 0, 0],
    [255, 255, 255],
    [0, 0, 0],
  ]);
  expect(drawn(2, 3, (raster) => line(raster, 1, [0, 1], [2, 1]))).toEqual([
    [128, 128],
    [128, 128],
    [0, 0],
  ]);
});

it('covers a part of the columns in which a line begins and ends', () => {
  expect(drawn(3, 1, (raster) => line(raster, 1, [0.5, 0.5], [2.25, 0.5]))).toEqual([[128, 255, 64]]);
});

it('covers all of a column between its lowest and its highest point', () => {
  const column = drawn(1, 12, (raster) => line(raster, 1, [0.5, 1], [0.5, 11], [0.5, 1])).flat();
  expect(column.slice(1, 11).every((cover) => cover === 255)).toBe(true);
  expect(column[0]).toBeGreaterThan(0);
  expect(column[0]).toBeLessThan(255);
});

it('covers as much as the line is long and wide, whatever its slope', () => {
  for (const rise of [0, 3, 10, 17]) {
    const cover = drawn(20, 40, (raster) => line(raster, 1.5, [0, 20], [20, 20 + rise - 0.01]));
    const sum = cover.flat().reduce((all, one) => all + one / 255, 0);
    expect(sum / (1.5 * Math.hypot(20, rise))).toBeCloseTo(1, 1);
  }
});

it('goes on where a line leaves the pixels and comes back', () => {
  const cover = drawn(4, 4, (raster) => line(raster, 1, [-3, 1.5], [1, 1.5], [2, -1e5], [3, 1.5], [9, 1.5]));
  expect(cover[1][0]).toBe(255);
  expect(cover[1][3]).toBe(255);
  expect(cover[3]).toEqual([0, 0, 0, 0]);
});

it('leaves a gap where a line is moved on', () => {
  const cover = drawn(6, 1, (raster) => {
    raster.begin(BLUE, 1);
    raster.moveTo(0, 0.5);
    raster.lineTo(2, 0.5);
    raster.moveTo(4, 0.5);
    raster.lineTo(6, 0.5);
    raster.end();
  });
  expect(cover).toEqual([[255, 255, 0, 0, 255, 255]]);
});

it('mixes a line with what is below it by what it covers', () => {
  const raster = new Raster(1, 1);
  raster.begin([0, 0, 0], 1);
  raster.moveTo(0, 0.5);
  raster.lineTo(1, 0.5);
  raster.end();
  raster.begin([200, 100, 0], 0.5);
  raster.moveTo(0, 0.5);
  raster.lineTo(1, 0.5);
  raster.end();
  expect([...raster.pixels]).toEqual([100, 50, 0, 255]);
  raster.clear();
  expect([...raster.pixels]).toEqual([0, 0, 0, 0]);
});
