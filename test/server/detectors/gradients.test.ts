import { describe, expect, test } from 'vitest';
import { gradients } from '../../../server/detectors/gradients.ts';
import { expectMarbles, rowsOf } from './marbles.ts';
import { normal } from './streams.ts';
import { lives, told } from './told.ts';

/** A norm that scatters by a third about a level. */
function norms(length: number, level = 1, seed = 1): number[] {
  const next = normal(seed);
  return Array.from({ length }, () => level * Math.exp(0.3 * next()));
}

describe('gradients', () => {
  test('speaks in the frame in which the norm has exploded, and resolves when it is back', () => {
    const rows = {
      a: rowsOf('grad_norm', norms(40)),
      b: rowsOf('grad_norm', [900]),
      c: rowsOf('grad_norm', [1, 1.2, 0.9]),
    };
    expectMarbles(gradients(), 'a-b-b-b-c|', rows, 'n-n-n-o-r|');
  });

  test('says how many times above, and escalates', async () => {
    const grad_norm = [...norms(100), ...norms(10, 800, 2), ...norms(10, 5e5, 3)];
    const { findings, last } = await told(gradients(), { grad_norm });
    expect(findings.map(({ severity }) => severity)).toEqual(['warning', 'critical']);
    expect(lives(findings)[0]).toBe('open@102 from 98 warning');
    expect(findings[0].title).toMatch(/^grad_norm is \d+ times above what it was: \d+ since step 98/);
    expect(last.verdict).toMatch(/^Gradients explode since/);
  });

  test('warns of an abrupt death, and remarks on a slow fall', async () => {
    const dead = await told(gradients(), { grad_norm: [...norms(100), ...norms(20, 1e-5)] });
    expect(lives(dead.findings)).toEqual(['open@102 from 98 warning']);
    const learnt = norms(200).map((value, i) => value * 10 ** (-i / 20));
    const slow = await told(gradients(), { grad_norm: learnt });
    expect(slow.findings.map(({ severity }) => severity)).toEqual(['info']);
  });

  test('warns of norms that are exactly zero, from the start as well', async () => {
    const { findings } = await told(gradients(), { grad_norm: Array<number>(30).fill(0) });
    expect(lives(findings)).toEqual(['open@9 from 0 warning']);
    const later = await told(gradients(), { 'grad_norm/0': [...norms(50), ...Array<number>(30).fill(0)] });
    expect(lives(later.findings)).toEqual(['open@59 from 50 warning']);
  });

  test('makes one finding of several layers', async () => {
    const layer = [...norms(100), ...norms(20, 800)];
    const { findings } = await told(gradients(), { 'grad_norm/0': layer, 'grad_norm/1': layer });
    expect(findings.at(-1)!.series).toEqual(['grad_norm/0', 'grad_norm/1']);
    expect(new Set(findings.map(({ id }) => id)).size).toBe(1);
  });

  test('is silent on spikes, on overflows, and on a norm that falls as a loss does', async () => {
    for (const seed of [1, 2, 3]) {
      const spiky = norms(5000, 1, seed).map((value, i) =>
        i % 97 === 50 ? 1e4 * value : i % 200 === 3 ? Infinity : value,
      );
      expect((await told(gradients(), { grad_norm: spiky })).findings).toEqual([]);
      const falling = norms(5000, 1, seed).map((value, i) => 30 * value * (i + 1) ** -0.5);
      expect((await told(gradients(), { grad_norm: falling })).findings).toEqual([]);
    }
  });
});
