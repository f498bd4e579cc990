import { describe, expect, test } from 'vitest';
import { gradients } from '../../../server/detectors/gradients.ts';
import { bind, layerOf } from '../../../server/roles.ts';
import { expectMarbles } from './marbles.ts';
import { normal } from './streams.ts';
import { lives, told } from './told.ts';

/** Norms of twelve layers that each pass on `share` of the gradient they get, to one part in three. */
function network(length: number, share: number, seed = 1, depth = 12): Record<string, number[]> {
  const next = normal(seed);
  const names = Array.from({ length: depth }, (_, i) => `grad_norm/layers.${i}.weight`);
  return Object.fromEntries(
    names.map((name, i) => [
      name,
      Array.from({ length }, () => share ** (depth - 1 - i) * Math.exp(0.3 * next())),
    ]),
  );
}

/** The same as rows, in the order of the network: the tenth layer is not the second. */
function rowsOf(columns: Record<string, number[]>): Record<string, number>[] {
  const [length] = Object.values(columns).map((values) => values.length);
  return Array.from({ length }, (_, i) =>
    Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[i]])),
  );
}

describe('gradients, from layer to layer', () => {
  test('speaks in the frame of the twentieth line, and resolves when layers are no longer far apart', () => {
    const rows = {
      a: rowsOf(network(19, 0.4)),
      b: rowsOf(network(1, 0.4)),
      c: rowsOf(network(15, 0.9)),
    };
    expectMarbles(gradients({ factor: 1e9 }), 'a-b-b-c|', rows, 'n-o-n-r|');
  });

  test('says that they vanish, from which layer to which', async () => {
    const { findings, last } = await told(gradients(), network(60, 0.4));
    expect(lives(findings)).toEqual(['open@19 from 0 warning']);
    expect(findings[0].series).toEqual(['grad_norm/layers.0.weight', 'grad_norm/layers.11.weight']);
    expect(findings[0].title).toMatch(
      /^Gradients vanish on the way to the first layer: since step 0 grad_norm\/layers\.0\.weight is \d+ times below grad_norm\/layers\.11\.weight$/,
    );
    expect(last.verdict).toBe(
      'Gradients vanish in the first layers: use residual connections or normalisation',
    );
  });

  test('says that they grow', async () => {
    const { findings } = await told(gradients(), network(60, 2.5));
    expect(lives(findings)).toEqual(['open@19 from 0 warning']);
    expect(findings[0].title).toMatch(/^Gradients grow/);
  });

  test('is silent where layers pass on a half or twice as much, in any unit, and where a line is odd', async () => {
    for (const seed of [1, 2, 3]) {
      for (const share of [0.6, 1, 1.7]) {
        for (const unit of [1e-9, 1, 1e9]) {
          const healthy = network(400, share, seed);
          const logged = Object.entries(healthy).map(
            ([name, values]) =>
              [name, values.map((value, i) => (i % 7 === 3 ? 0 : i % 5 === 1 ? NaN : unit * value))] as const,
          );
          expect((await told(gradients(), Object.fromEntries(logged))).findings).toEqual([]);
        }
      }
    }
  });

  test.each([
    ['grad_norm/layers.0.weight', 'layers.0.weight'],
    ['grad_2.0_norm/fc1.weight', 'fc1.weight'],
    ['gradients/norm/encoder.conv', 'encoder.conv'],
    ['grad_norm', null],
    ['train/grad_norm', null],
    ['grad_2.0_norm_total', null],
    ['grad_norm/global', null],
    ['grad_norm/layers.0.bias', null],
    ['grad_norm/layers.0.ln_1.weight', null],
    ['grad_norm/wte.weight', null],
    ['loss/layers.0', null],
  ])('takes %s for the layer %s', (series, layer) => {
    expect(layerOf(bind(series))).toBe(layer);
  });
});
