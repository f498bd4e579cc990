import { describe, expect, test } from 'vitest';
import { outlook } from '../../../server/windows/outlook.ts';
import { normal } from '../detectors/streams.ts';

const line = (slope: number, count = 20) => Array.from({ length: count }, (_, i) => 1 + slope * i);

describe('the outlook on going on', () => {
  test('is the line itself where there is no noise', () => {
    expect(outlook(line(0.1), 0, 1, 0, 10)).toEqual({ expected: 0, most: 0 });
    const falling = outlook(line(-0.01), 0, 0.9, 0, 10);
    // 1 − 0.01 · (19 + 10) = 0.71.
    expect(falling.expected).toBeCloseTo(0.19, 12);
    expect(falling.most).toBeCloseTo(0.19, 12);
  });

  test('of a level as low as ever, and as likely better as worse, gains 0.4 standard deviations', () => {
    const sigma = 0.1;
    const { expected, most } = outlook(line(0, 16), sigma, 1, 0, 0);
    const deviation = sigma * Math.sqrt(1.21 / 16 + (12 * 7.5 ** 2) / (16 * 255));
    expect(expected / deviation).toBeCloseTo(1 / Math.sqrt(2 * Math.PI), 6);
    expect(most / deviation).toBeCloseTo(1.645, 10);
  });

  test('is less sure the further ahead, and the less sure the lowest level is', () => {
    const most = (more: number, lowError = 0) => outlook(line(0), 0.1, 1, lowError, more).most;
    expect(most(20)).toBeGreaterThan(most(10));
    expect(most(10, 0.1)).toBeGreaterThan(most(10));
  });

  test('expects nothing of a rise that is sure, and never less than nothing', () => {
    for (let slope = 0; slope < 0.2; slope += 0.001) {
      const { expected, most } = outlook(line(slope), 0.01, 1, 0.01, 5);
      expect(expected).toBeGreaterThanOrEqual(0);
      expect(expected).toBeLessThanOrEqual(most + 0.01);
      if (slope > 0.05) expect(expected).toBe(0);
    }
  });

  test('is heard through outliers', () => {
    const spiked = line(-0.01).map((value, i) => (i % 7 === 3 ? value + 5 : value));
    expect(outlook(spiked, 0.001, 0.9, 0, 10).expected).toBeCloseTo(0.19, 2);
  });

  test('holds 95 times of 100 what is gained at most, and expects what is gained', () => {
    const next = normal(5);
    const sigma = 0.02;
    let within = 0;
    let expected = 0;
    let had = 0;
    const rounds = 2_000;
    for (let round = 0; round < rounds; round++) {
      const slope = 0.002 * next();
      const values = line(slope, 20).map((value) => value + sigma * next());
      // The level after ten more, of a line that is not known, against a lowest level that is.
      const gain = Math.max(0, 1 - (1 + slope * 29));
      const said = outlook(values, sigma, 1, 0, 10);
      if (gain <= said.most) within++;
      expected += said.expected / rounds;
      had += gain / rounds;
    }
    expect(within / rounds).toBeGreaterThan(0.94);
    expect(expected / had).toBeGreaterThan(0.9);
    expect(expected / had).toBeLessThan(1.4);
  });
});
