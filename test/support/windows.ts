import { expect } from 'vitest';
import { PER_COLUMN, type Stretch, type Wish } from '../../server/store/window.ts';
import type { PointColumns } from '../../shared/points.ts';

/**
 * Holds that a window shows what all points of a series show.
 * @param all ascending by step
 * @param slack points by which the server may take a window to have more than it has
 */
export function expectWindow(
  all: PointColumns,
  window: Stretch,
  { axis, from, to, width }: Wish,
  slack = 512,
): void {
  const places = axis === 'step' ? all.steps : all.times;
  const inside = [...all.steps.keys()].filter((i) => places[i] >= from && places[i] <= to);
  expect(window.total).toBe(inside.length);
  expect(window.damaged).toEqual([]);
  const shown = [...window.steps.keys()].map(
    (i) => `${window.steps[i]} ${window.times[i]} ${window.values[i]}`,
  );
  const real = new Set(inside.map((i) => `${all.steps[i]} ${all.times[i]} ${all.values[i]}`));
  expect(shown.filter((one) => !real.has(one))).toEqual([]);
  expect([...window.steps]).toEqual([...window.steps].sort((a, b) => a - b));
  if (inside.length <= width * PER_COLUMN - slack) {
    expect([...window.values]).toEqual(inside.map((i) => all.values[i]));
    return;
  }
  if (shown.length === inside.length) return; // all of them
  expect(shown.length).toBeLessThanOrEqual(width * PER_COLUMN);
  // No extreme is missed: in every stretch of two columns, wherever it begins, what is shown goes as far as the points.
  const inOrder = Float64Array.from(inside, (i) => places[i]).sort();
  const [start, end] = [inOrder[0], inOrder[inOrder.length - 1]];
  const column = (end - start) / width;
  const shownPlaces = axis === 'step' ? window.steps : window.times;
  for (let left = start; left <= end; left += column * 1.37) {
    const core = inside.filter(
      (i) => places[i] >= left && places[i] <= left + column && Number.isFinite(all.values[i]),
    );
    const near = [...shownPlaces.keys()].filter(
      (i) => shownPlaces[i] >= left - 1.5 * column && shownPlaces[i] <= left + 2.5 * column,
    );
    const values = near.map((i) => window.values[i]).filter(Number.isFinite);
    if (core.length === 0) continue;
    expect(Math.max(...values)).toBeGreaterThanOrEqual(Math.max(...core.map((i) => all.values[i])));
    expect(Math.min(...values)).toBeLessThanOrEqual(Math.min(...core.map((i) => all.values[i])));
  }
  const finite = inside.map((i) => all.values[i]).filter(Number.isFinite);
  const shownFinite = [...window.values].filter(Number.isFinite);
  if (finite.length > 0) {
    expect(shownFinite.reduce((a, b) => Math.max(a, b))).toBe(finite.reduce((a, b) => Math.max(a, b)));
    expect(shownFinite.reduce((a, b) => Math.min(a, b))).toBe(finite.reduce((a, b) => Math.min(a, b)));
  }
  const odd = inside.find((i) => !Number.isFinite(all.values[i]));
  if (odd !== undefined)
    expect(window.steps[[...window.values].findIndex((value) => !Number.isFinite(value))]).toBe(
      all.steps[odd],
    );
  expect(window.steps[0]).toBe(all.steps[inside[0]]);
  expect(window.steps.at(-1)).toBe(all.steps[inside[inside.length - 1]]);
}
