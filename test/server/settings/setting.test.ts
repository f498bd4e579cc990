import { describe, expect, it } from 'vitest';
import { detectors } from '../../../server/detectors/index.ts';
import { breaksRange, RANGES } from '../../../server/detectors/parameters.ts';
import { checkParameters, makeDetector } from '../../../server/settings/setting.ts';

describe('a parameter', () => {
  it.each(
    detectors.flatMap(({ name, parameters }) =>
      Object.entries(parameters).map((entry) => [name, ...entry] as const),
    ),
  )('of %s, %s, has a range that its default %d is in', (_, parameter, value) => {
    expect(Object.keys(RANGES)).toContain(parameter);
    expect(breaksRange(parameter, value)).toBeNull();
  });

  it('may be spelled in either way', () => {
    expect(checkParameters('best-epoch', { min_delta: 0.1 })).toEqual({ minDelta: 0.1 });
    expect(makeDetector('best-epoch', { minDelta: 0.1 }).parameters).toMatchObject({ minDelta: 0.1 });
  });

  it.each([
    ['best', {}, /^detector: must be one of .*best-epoch.*, got best$/],
    ['gap', { patients: 5 }, /^gap: parameter: must be one of minDelta, .*, got patients$/],
    ['gap', { share: 1.5 }, 'gap: share: must be a number from 0 to 1, got 1.5'],
    ['gap', { warmup: 2.5 }, 'gap: warmup: must be a whole number from 1 to 1000000000, got 2.5'],
    ['gap', { minDelta: -1 }, 'gap: minDelta: must be a number from 0 to 1000000000, got -1'],
    ['gap', { minDelta: NaN }, /^gap: minDelta: must be a number/],
  ])('of %s as %j is refused', (detector, parameters, message) => {
    expect(() => checkParameters(detector, parameters)).toThrow(message);
  });
});
