import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../../client/styles.css', import.meta.url), 'utf8');

/** The light and the dark colour of each variable. */
const colors = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, light, dark]) => [
    name,
    { light, dark },
  ]),
);

/** WCAG 2's relative luminance of "#rrggbb". */
function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  const of = (name: string): string => colors.get(name)![theme];
  const grounds = ['ground', 'surface', 'raised', 'wash'];
  const texts = [
    'ink',
    'muted',
    'accent',
    'critical',
    'warning',
    'info',
    'running',
    'lost',
    'finished',
    'failed',
  ];

  it.each([...texts, 'stopped', 'best'])('%s can be read on every ground', (text) => {
    for (const ground of grounds)
      expect(contrast(of(text), of(ground)), `on ${ground}`).toBeGreaterThanOrEqual(4.5);
  });

  it.each([...colors.keys()].filter((name) => name.startsWith('line-')))(
    '%s can be told from the chart',
    (line) => {
      expect(contrast(of(line), of('surface'))).toBeGreaterThanOrEqual(3);
    },
  );
});
