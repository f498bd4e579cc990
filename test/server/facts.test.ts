import { describe, expect, it } from 'vitest';
import { factsOf } from '../../server/facts.ts';

describe('the facts in a config', () => {
  it('are read in both spellings', () => {
    const facts = { classes: 10, trainSamples: 800, validationSamples: 200, overfitSamples: 8 };
    expect(factsOf({ classes: 10, n_train: 800, n_val: 200, samples_overfit_check: 8, lr: 0.1 })).toEqual(
      facts,
    );
    expect(factsOf({ classes: 10, nTrain: 800, nVal: 200, samplesOverfitCheck: 8 })).toEqual(facts);
  });

  it('tell of dropout', () => {
    expect(factsOf({ dropout: 0.2 })).toEqual({ dropout: 0.2 });
    for (const dropout of [0, 1, -0.1, 20, '0.2', NaN]) expect(factsOf({ dropout })).toBeNull();
  });

  it('tell what guessing comes to from the counts of the classes', () => {
    const facts = factsOf({ class_counts: [60, 30, 10, 0], classes: 7 })!;
    expect(facts.classes).toBe(4);
    expect(facts.majority).toBeCloseTo(0.6);
    expect(facts.entropy).toBeCloseTo(-(0.6 * Math.log(0.6) + 0.3 * Math.log(0.3) + 0.1 * Math.log(0.1)));
    expect(factsOf({ classCounts: [5, 5] })).toEqual({ classes: 2, majority: 0.5, entropy: Math.LN2 });
  });

  it.each([
    [undefined],
    [{}],
    [{ lr: 0.1, model: { classes: 10 } }],
    [{ classes: 1 }],
    [{ classes: 2.5 }],
    [{ classes: '10' }],
    [{ classes: null, n_val: -3, n_train: 0, samples_overfit_check: Infinity }],
    [{ class_counts: [] }],
    [{ class_counts: [7] }],
    [{ class_counts: [7, 0] }],
    [{ class_counts: [7, -1] }],
    [{ class_counts: [7, 'x'] }],
    [{ class_counts: [1e308, 1e308] }],
    [{ class_counts: { cat: 3, dog: 4 } }],
  ])('are none in %j', (config) => {
    expect(factsOf(config)).toBeNull();
  });
});
