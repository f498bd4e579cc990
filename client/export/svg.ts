import type { Finding } from '../../shared/finding.ts';
import { elapsedLabel, epochLabel, momentLabel, stepLabel } from '../chart/place-label.ts';
import { formatCount, formatEpoch, formatTick, formatValue } from '../format.ts';
import { SHAPES } from '../shapes.ts';
import type { Picture, PictureLine } from './picture.ts';
import { logTicks, ticks, timeTicks } from './scale.ts';

/** In CSS pixels. */
const [WIDTH, HEIGHT] = [900, 440];
const MARGIN = { left: 66, right: 18, foot: 44 } as const;
const FONT = 'font-family="system-ui, sans-serif"';

/** A chart as an SVG document of its own: axes, lines, legend, and each finding where it was said, with its words. */
export function svgOf(picture: Picture): string {
  const { title, from, to, low, high, logX, logY, lines, findings, last, best, color } = picture;
  const legend = legendOf(lines, color('--ink'));
  const top = 44 + legend.height;
  const bottom = HEIGHT + legend.height - MARGIN.foot;
  const [left, right] = [MARGIN.left, WIDTH - MARGIN.right];
  const x = scale(from, to, logX, left, right);
  const y = scale(low, high, logY, bottom, top);
  /** Where a step is. */
  const at = (step: number): number => x(picture.at(step));
  const height = HEIGHT + legend.height;
  const out: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">`,
    `<title>${escape(title)}</title>`,
    `<rect width="100%" height="100%" fill="${color('--surface')}"/>`,
    `<text x="${left}" y="26" ${FONT} font-size="16" font-weight="600" fill="${color('--ink')}">${escape(title)}</text>`,
    legend.text,
    `<clipPath id="plot"><rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"/></clipPath>`,
  ];
  const label = (text: string, at: string): string =>
    `<text ${at} ${FONT} font-size="11" fill="${color('--muted')}">${escape(text)}</text>`;
  const values = logY ? logTicks(low, high) : ticks(low, high, 6);
  for (const value of values) {
    const height = round(y(value));
    out.push(`<path d="M${left} ${height}H${right}" stroke="${color('--grid')}"/>`);
    out.push(
      label(
        formatTick(value, logY ? 0 : apart(values)),
        `x="${left - 8}" y="${height + 4}" text-anchor="end"`,
      ),
    );
  }
  for (const [place, words] of labelsOf(picture)) {
    const across = round(x(place));
    out.push(`<path d="M${across} ${top}V${bottom}" stroke="${color('--grid')}"/>`);
    out.push(label(words, `x="${across}" y="${bottom + 17}" text-anchor="middle"`));
  }
  out.push(label(AXIS[picture.axis], `x="${(left + right) / 2}" y="${bottom + 36}" text-anchor="middle"`));
  out.push('<g clip-path="url(#plot)">');
  for (const { severity, status, from: begun, until } of findings) {
    const end = status === 'open' ? x(last) : at(until);
    const start = at(begun);
    if (!Number.isFinite(start)) continue;
    out.push(
      `<rect x="${round(start)}" y="${top}" width="${round(Math.max(2, (Number.isFinite(end) ? end : right) - start))}" height="${bottom - top}" fill="${color(`--${severity}`)}" opacity="${status === 'open' ? 0.08 : 0.04}"/>`,
    );
  }
  for (const line of lines) {
    out.push(
      `<path d="${pathOf(line, x, y)}" fill="none" stroke="${line.color}" stroke-width="${line.width}" stroke-linejoin="round" opacity="${line.alpha}"/>`,
    );
    out.push(nonFinite(line, x, top, bottom));
  }
  const within = (step: number): boolean => picture.at(step) >= from && picture.at(step) <= to;
  if (best && within(best.step)) {
    const [across, value] = [round(at(best.step)), round(y(best.value))];
    const stroke = color('--best');
    const where = best.epoch === null ? `step ${formatCount(best.step)}` : `epoch ${formatEpoch(best.epoch)}`;
    const ends = across > (left + right) / 2;
    out.push(
      `<path d="M${across} ${top}V${bottom}" stroke="${stroke}" stroke-width="1.5" stroke-dasharray="5 3"/>`,
      `<circle cx="${across}" cy="${value}" r="4.5" fill="${color('--surface')}" stroke="${stroke}" stroke-width="2"/>`,
      `<text x="${across + (ends ? -8 : 8)}" y="${top + 14}" ${FONT} font-size="11" fill="${stroke}" text-anchor="${ends ? 'end' : 'start'}">best ${escape(formatValue(best.value))} at ${escape(where)}</text>`,
    );
  }
  out.push('</g>');
  for (const finding of findings)
    if (within(finding.step))
      out.push(mark(finding, picture.at(finding.step), lines, x, y, top, bottom, color));
  out.push('</svg>');
  return out.join('\n');
}

const AXIS = { step: 'step', epoch: 'epoch', time: 'wall time', relative: 'time trained' } as const;

/** Places that are labelled on the horizontal axis, and the labels. */
function labelsOf({ axis, from, to, logX }: Picture): [place: number, words: string][] {
  if (logX)
    return logTicks(from, to).map((place) => [
      place,
      axis === 'relative' ? elapsedLabel(place) : formatValue(place),
    ]);
  const places = axis === 'step' || axis === 'epoch' ? ticks(from, to, 8) : timeTicks(from, to, 8);
  const distance = apart(places);
  const spell = { step: stepLabel, epoch: epochLabel, relative: elapsedLabel };
  return places.map((place, i) => [
    place,
    axis === 'time'
      ? momentLabel(place, distance || 1, i > 0 ? places[i - 1] : null).replace('\n', ', ')
      : spell[axis](place, distance),
  ]);
}

/** The distance of places that are as far apart as the first two; 0 of fewer. */
function apart(places: readonly number[]): number {
  return places.length > 1 ? places[1] - places[0] : 0;
}

/** From a value to its place between two pixels; not finite where the axis has none for it. */
function scale(low: number, high: number, log: boolean, from: number, to: number): (value: number) => number {
  const bend = log ? Math.log10 : (value: number) => value;
  return (value) => from + ((bend(value) - bend(low)) / (bend(high) - bend(low))) * (to - from);
}

/** Names with their latest values, in rows. */
function legendOf(lines: readonly PictureLine[], ink: string): { text: string; height: number } {
  let [x, row] = [MARGIN.left as number, 0];
  const items = lines
    .filter(({ alpha }, i) => alpha === 1 || lines.length === 1 || i === lines.length - 1)
    .map(({ label, color, values }) => {
      const text = `${label}  ${formatValue(values[values.length - 1])}`;
      const width = 30 + text.length * 6.6;
      if (x > MARGIN.left && x + width > WIDTH - MARGIN.right) [x, row] = [MARGIN.left, row + 1];
      const at = 46 + row * 18;
      const item =
        `<rect x="${round(x)}" y="${at - 8}" width="12" height="4" rx="2" fill="${color}"/>` +
        `<text x="${round(x) + 18}" y="${at - 2}" ${FONT} font-size="12" fill="${ink}" xml:space="preserve">${escape(text)}</text>`;
      x += width;
      return item;
    });
  return { text: items.join('\n'), height: (row + 1) * 18 };
}

/** A line, broken where a value is not finite. */
function pathOf(
  { places, values }: PictureLine,
  x: (place: number) => number,
  y: (value: number) => number,
): string {
  let path = '';
  let pen = 'M';
  for (let i = 0; i < places.length; i++) {
    const [across, height] = [x(places[i]), y(values[i])];
    if (!Number.isFinite(across) || !Number.isFinite(height)) {
      pen = 'M';
      continue;
    }
    path += `${pen}${round(across)} ${round(height)}`;
    pen = 'L';
  }
  return path;
}

/** NaN as crosses at the foot, infinities as arrows at their edge: those that do not overlap. */
function nonFinite(line: PictureLine, x: (place: number) => number, top: number, bottom: number): string {
  let path = '';
  let drawn = -Infinity;
  for (let i = 0; i < line.places.length; i++) {
    const value = line.values[i];
    const at = round(x(line.places[i]));
    if (Number.isFinite(value) || !(at - drawn >= 8)) continue;
    drawn = at;
    const foot = bottom - 6;
    if (Number.isNaN(value)) path += `M${at - 3} ${foot - 3}l6 6M${at + 3} ${foot - 3}l-6 6`;
    else if (value > 0) path += `M${at - 4} ${top + 10}l4 -8l4 8`;
    else path += `M${at - 4} ${foot - 4}l4 8l4 -8`;
  }
  return path && `<path d="${path}" fill="none" stroke="${line.color}" stroke-width="1.75"/>`;
}

/** A finding at the step where it was said, on the first of its lines. */
function mark(
  { severity, status, title, series }: Finding,
  place: number,
  lines: readonly PictureLine[],
  x: (place: number) => number,
  y: (value: number) => number,
  top: number,
  bottom: number,
  color: (variable: string) => string,
): string {
  const on = series.map((name) => lines.findLast((line) => line.name === name)).find(Boolean);
  const index = on
    ? Math.max(
        0,
        on.places.findLastIndex((one) => one <= place),
      )
    : -1;
  const value = on && index >= 0 ? on.values[index] : NaN;
  const at = Number.isFinite(value) ? Math.min(bottom - 9, Math.max(top + 9, y(value))) : bottom - 14;
  const fill = status === 'open' ? color(`--${severity}`) : color('--surface');
  return (
    `<g transform="translate(${round(x(place) - 8)} ${round(at - 8)})"><title>${escape(`${severity}: ${title}`)}</title>` +
    `<path d="${SHAPES[severity]}" fill="${fill}" stroke="${color(status === 'open' ? '--surface' : `--${severity}`)}" stroke-width="1.2"/></g>`
  );
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function round(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}
