import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { arrange, strokeOf } from '../../client/charts.ts';
import { LINE_COLORS } from '../../client/line-colors.ts';
import type { SeriesState } from '../../shared/frames.ts';
import type { Split } from '../../shared/lines.ts';

/** The least distance of two colours of a chart, in hundredths of OKLab. Of Okabe and Ito's eight the nearest two have 7.6. */
const LEAST = 8;

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

const css = readFileSync(new URL('../../client/styles.css', import.meta.url), 'utf8');

/** Linear red, green and blue of a variable, from 0 to 1. */
function linear(variable: string, theme: 'light' | 'dark'): Triple {
  const [, light, dark] = new RegExp(`${variable}: light-dark\\(#(\\w{6}), #(\\w{6})\\)`).exec(css)!;
  const hex = theme === 'light' ? light : dark;
  return [0, 2, 4].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Triple;
}

function times(matrix: Matrix, of: Triple): Triple {
  return matrix.map((row) => row.reduce((sum, part, i) => sum + part * of[i], 0)) as unknown as Triple;
}

/** What eyes make of linear colours: G. Machado et al., IEEE TVCG 15 (2009), table 1, severity 1. */
const EYES: Readonly<Record<string, Matrix>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopic: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopic: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopic: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** OKLab, a hundred times: B. Ottosson, A perceptual color space for image processing (2020). */
function lab(of: Triple): Triple {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    of.map((part) => Math.min(1, Math.max(0, part))) as unknown as Triple,
  );
  return times(
    [
      [21.04542553, 79.3617785, -0.40720468],
      [197.79984951, -242.8592205, 45.05937099],
      [2.59040371, 78.27717662, -80.8675766],
    ],
    cones.map(Math.cbrt) as unknown as Triple,
  );
}

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  it.each(Object.keys(EYES))('any two lines can be told apart by %s eyes', (eyes) => {
    const seen = [...LINE_COLORS, '--line-validation'].map((variable) => ({
      variable,
      at: lab(times(EYES[eyes], linear(variable, theme))),
    }));
    for (const [i, one] of seen.entries())
      for (const other of seen.slice(0, i))
        expect(
          Math.hypot(...one.at.map((part, k) => part - other.at[k])),
          `${one.variable} and ${other.variable}`,
        ).toBeGreaterThan(LEAST);
  });
});

describe('the colours of lines', () => {
  const series = (name: string, quantity: string, split: Split | null, rank: number): SeriesState => ({
    ...{ series: name, rank, split, quantity, role: split ? 'loss' : 'other', goal: null },
  });
  const ranks = [0, 1, 2, 3, 4, 5, 6, 7];
  const charts = arrange([
    ...ranks.map((rank) => series('train/loss', 'loss', 'train', rank)),
    series('val/loss', 'loss', 'validation', 0),
    ...ranks.slice(2, 4).map((rank) => series('gpu/use', 'gpu/use', null, rank)),
  ]);
  const [train, validation, gpu] = charts.flatMap(({ series: of }) => of);

  it('are of ranks where several log a series, of a rank the same in every chart, and else as ever', () => {
    const colors = ranks.map((rank) => strokeOf(train, rank).color);
    expect(new Set(colors).size).toBe(8);
    expect([2, 3].map((rank) => strokeOf(gpu, rank).color)).toEqual(colors.slice(2, 4));
    expect(strokeOf(validation, 0)).toEqual({ color: '--line-validation', thin: false });
    expect(strokeOf(train, 8).color).toBe(colors[0]);
    const [{ series: alone }] = arrange([series('train/loss', 'loss', 'train', 0)]);
    expect(strokeOf(alone[0], 0)).toEqual({ color: '--line-train', thin: true });
  });

  it('meet in one chart only once there are more lines of it than colours', () => {
    const names = Array.from({ length: LINE_COLORS.length }, (_, i) => series(`value${i}`, 'q', null, 0));
    const [chart] = arrange(names);
    expect(new Set(chart.series.map((one) => strokeOf(one, 0).color)).size).toBe(LINE_COLORS.length);
  });
});
