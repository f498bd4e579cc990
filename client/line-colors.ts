import type { Split } from '../shared/lines.ts';

/**
 * Colours of lines that no convention gives one, as CSS variables. Eight that can be told apart with any kind of colour
 * blindness, and from the colour of validation: a test measures it.
 */
export const LINE_COLORS = [1, 2, 3, 4, 5, 6, 7, 8].map((place) => `--line-${place}`);

/** The colour at a place, of a rank or of a run; the ninth is the first again. */
export function colorAt(place: number): string {
  return LINE_COLORS[place % LINE_COLORS.length];
}

/** A split's own colour; without a split one chosen by the name, the next free where two of a chart would meet. */
export function colorOf(series: string, split: Split | null, taken: Set<string>): string {
  let color = split === null ? colorAt(hash(series)) : `--line-${split}`;
  for (let i = 0; taken.has(color) && i < LINE_COLORS.length; i++) color = colorAt(hash(series) + i);
  taken.add(color);
  return color;
}

function hash(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) >>> 0;
  return sum;
}
