import { expect, it } from 'vitest';
import { shownSteps } from '../../client/chart/shown-steps.ts';

it('are those of the span, not those up to the points around it', () => {
  expect(shownSteps([500_000, 501_000], [500_200.4, 500_400.6])).toEqual([500_200, 500_401]);
});

it('are no more than the line has', () => {
  expect(shownSteps([999_000, 1_000_000], [999_500, 1_000_900])).toEqual([999_500, 1_000_000]);
  expect(shownSteps([0, 1_000], [-10, 200])).toEqual([0, 200]);
});
