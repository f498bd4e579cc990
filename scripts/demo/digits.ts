import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Random } from './random.ts';

export const PIXELS = 64;
export const CLASSES = 10;

/** Images and what they show. */
export interface Examples {
  readonly count: number;
  /** `count` × 64 pixels, scaled to [0, 1]. */
  readonly images: Float64Array;
  /** `count` digits. */
  readonly labels: Uint8Array;
}

/** Reads the 1797 handwritten digits that the repository ships; see data/README.md for their source. */
export function readDigits(): Examples {
  // Sources and built files lie at different depths; the package's root is the same for both.
  const root = dirname(createRequire(import.meta.url).resolve('tidemark/package.json'));
  const rows = gunzipSync(readFileSync(join(root, 'scripts/demo/data/digits.csv.gz')))
    .toString('latin1')
    .trim()
    .split('\n');
  const images = new Float64Array(rows.length * PIXELS);
  const labels = new Uint8Array(rows.length);
  rows.forEach((row, i) => {
    const numbers = row.split(',').map(Number);
    images.set(
      numbers.slice(0, PIXELS).map((pixel) => pixel / 16),
      i * PIXELS,
    );
    labels[i] = numbers[PIXELS];
  });
  return { count: rows.length, images, labels };
}

/** Deals the examples into training and validation, in random order, none in both. */
export function split(
  examples: Examples,
  training: number,
  validation: number,
  random: Random,
): { training: Examples; validation: Examples } {
  const order = random.permutation(examples.count);
  return {
    training: pick(examples, order.subarray(0, training)),
    validation: pick(examples, order.subarray(training, training + validation)),
  };
}

/** Gives a share of the examples a digit drawn at random. */
export function withLabelNoise(examples: Examples, share: number, random: Random): Examples {
  const labels = examples.labels.map((label) =>
    random.uniform() < share ? Math.floor(random.uniform() * CLASSES) : label,
  );
  return { ...examples, labels };
}

/** The examples at these indices. */
export function pick({ images, labels }: Examples, indices: Uint32Array): Examples {
  const picked = new Float64Array(indices.length * PIXELS);
  indices.forEach((from, to) => picked.set(images.subarray(from * PIXELS, (from + 1) * PIXELS), to * PIXELS));
  return { count: indices.length, images: picked, labels: Uint8Array.from(indices, (i) => labels[i]) };
}
