import { expect, test } from 'vitest';
import { PIXELS, readDigits, split, withLabelNoise } from '../../../scripts/demo/digits.ts';
import { seeded } from '../../../scripts/demo/random.ts';

const digits = readDigits();

const DRAWN = [
  '...##...',
  '..####..',
  '..#..##.',
  '..#..##.',
  '..#..##.',
  '..#..##.',
  '..#.##..',
  '...##...',
];

test('reads 1797 images of ten digits', () => {
  expect(digits.count).toBe(1797);
  expect(digits.images).toHaveLength(1797 * PIXELS);
  expect(Math.max(...digits.images)).toBe(1);
  const counts = Array.from(
    { length: 10 },
    (_, digit) => digits.labels.filter((label) => label === digit).length,
  );
  expect(counts).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
});

test('the first image shows a nought', () => {
  const drawn = Array.from({ length: 8 }, (_, row) =>
    Array.from(digits.images.subarray(row * 8, row * 8 + 8), (dot) => (dot > 0.4 ? '#' : '.')).join(''),
  );
  expect(drawn).toEqual(DRAWN);
});

test('no image is in training and in validation', () => {
  const { training, validation } = split(digits, 1300, 497, seeded(1));
  const seen = (images: Float64Array) =>
    Array.from({ length: images.length / PIXELS }, (_, i) =>
      images.subarray(i * PIXELS, (i + 1) * PIXELS).join(),
    );
  const trained = new Set(seen(training.images));
  expect(seen(validation.images).filter((image) => trained.has(image))).toEqual([]);
  expect([training.count, validation.count]).toEqual([1300, 497]);
});

test('label noise changes nine tenths of its share of the labels, and nothing else', () => {
  const noisy = withLabelNoise(digits, 0.3, seeded(1));
  const changed = noisy.labels.filter((label, i) => label !== digits.labels[i]).length / digits.count;
  expect(changed).toBeCloseTo(0.27, 1);
  expect(noisy.images).toBe(digits.images);
});
