import type { Diagnosis } from '../../server/diagnose/diagnose.ts';
import { columnPoints } from '../../server/table.ts';
import type { Finding } from '../../shared/finding.ts';

/** In pixels of the picture. */
const WIDTH = 720;
const HEIGHT = 280;
const PLOT = { left: 64, right: WIDTH - 16, top: 64, bottom: HEIGHT - 44 } as const;
/** Points drawn of a curve: the highest and lowest of as many bins. */
const BINS = 240;
const COLOURS = ['#4269d0', '#c65102', '#3a7d44', '#8a4fbf'] as const;
const MARKS = { info: '#4b6584', warning: '#b26a00', critical: '#c0182b' } as const;

interface Point {
  readonly step: number;
  readonly value: number;
}

/**
 * A finding as an SVG picture with its own light background: the curves it is about, a band from where it began to
 * where it was said, its title as the detector said it, and where the run is from.
 */
export function draw({ recording }: Diagnosis, finding: Finding, from: string): string {
  const names = finding.series.slice(0, COLOURS.length);
  const curves = names.map((name) => pointsOf(recording.inputs, name));
  const finite = curves.flat().filter(({ value }) => Number.isFinite(value));
  const values = finite.map(({ value }) => value);
  const [low, high] = [lowest(values), -lowest(values.map((value) => -value))];
  const steps = curves.flat().map(({ step }) => step);
  const [first, last] = [lowest(steps), -lowest(steps.map((step) => -step))];
  // A curve that spans three powers of ten is drawn by its logarithm.
  const log = low > 0 && high / low > 1000;
  const scale = (value: number): number => (log ? Math.log10(value) : value);
  const x = (step: number): number =>
    PLOT.left + ((PLOT.right - PLOT.left) * (step - first)) / Math.max(1, last - first);
  const y = (value: number): number => {
    const share = (scale(value) - scale(low)) / (scale(high) - scale(low) || 1);
    return PLOT.bottom - (PLOT.bottom - PLOT.top) * share;
  };

  const colour = MARKS[finding.severity];
  const [begun, said] = [finding.from, finding.step].map((step) => x(Math.min(last, Math.max(first, step))));
  const grid = [0, 0.5, 1].map((share) => {
    const value = log ? low ** (1 - share) * high ** share : low + share * (high - low);
    const at = round(y(value));
    return `<path d="M${PLOT.left} ${at}H${PLOT.right}" stroke="#e3e6ea"/>${text(PLOT.left - 8, at + 4, short(value), '#5c6670', 'end')}`;
  });
  const lines = curves.map(
    (points, i) =>
      `<path d="${pathOf(points, x, y)}" fill="none" stroke="${COLOURS[i]}" stroke-width="1.5" stroke-linejoin="round"/>`,
  );
  const legend = names.map((name, i) => {
    const at = PLOT.left + 150 * i;
    return `<path d="M${at} ${HEIGHT - 12}h14" stroke="${COLOURS[i]}" stroke-width="3"/>${text(at + 20, HEIGHT - 8, name, '#2b3138')}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" role="img">`,
    `<title>${escaped(finding.title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" rx="8" fill="#fff"/>`,
    `<rect x="${round(begun)}" y="${PLOT.top}" width="${round(Math.max(1, said - begun))}" height="${PLOT.bottom - PLOT.top}" fill="${colour}" opacity=".12"/>`,
    ...grid,
    ...lines,
    `<path d="M${round(said)} ${PLOT.top}V${PLOT.bottom}" stroke="${colour}" stroke-width="1.5" stroke-dasharray="4 3"/>`,
    ...wrapped(finding.title, 100).map((line, i) => text(16, 22 + 16 * i, line, colour, 'start', 600)),
    text(PLOT.left, PLOT.bottom + 16, `step ${first}`, '#5c6670'),
    text(PLOT.right, PLOT.bottom + 16, String(last), '#5c6670', 'end'),
    text(WIDTH - 16, HEIGHT - 8, from, '#5c6670', 'end'),
    ...legend,
    '</svg>\n',
  ].join('\n');
}

function pointsOf(inputs: Diagnosis['recording']['inputs'], series: string): Point[] {
  return inputs.flatMap((input) => {
    if (input.kind !== 'table' || input.table.rank !== 0) return [];
    const { table } = input;
    return table.columns
      .filter((column) => column.series === series)
      .flatMap((column) => {
        const { steps } = columnPoints(table, column);
        return Array.from(column.values, (value, i) => ({ step: steps[i], value }));
      });
  });
}

/** The curve, thinned to the extremes of its bins; a break where it is not finite. */
function pathOf(points: readonly Point[], x: (step: number) => number, y: (value: number) => number): string {
  const size = Math.max(1, Math.ceil(points.length / BINS));
  let path = '';
  let pen = 'M';
  for (let start = 0; start < points.length; start += size) {
    const bin = points.slice(start, start + size);
    const finite = bin.filter(({ value }) => Number.isFinite(value)).sort((a, b) => a.value - b.value);
    if (finite.length === 0) {
      pen = 'M';
      continue;
    }
    const ends = size === 1 ? [finite[0]] : [finite[0], finite[finite.length - 1]];
    for (const { step, value } of ends.sort((a, b) => a.step - b.step)) {
      path += `${pen}${round(x(step))} ${round(y(value))}`;
      pen = 'L';
    }
  }
  return path;
}

function lowest(values: readonly number[]): number {
  return values.reduce((least, value) => (value < least ? value : least), Infinity);
}

/** Words in lines of at most so many characters. */
function wrapped(words: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of words.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < most) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.slice(0, 3);
}

function text(x: number, y: number, words: string, fill: string, anchor = 'start', weight = 400): string {
  return `<text x="${x}" y="${y}" fill="${fill}" text-anchor="${anchor}" font-weight="${weight}">${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

function short(value: number): string {
  const size = Math.abs(value);
  const few = Number(value.toPrecision(3));
  return size !== 0 && (size >= 1e5 || size < 1e-3) ? few.toExponential() : String(few);
}
