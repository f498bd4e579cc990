import type uPlot from 'uplot';
import { formatTick } from '../format.ts';
import type { Axis, Kind } from './axis.ts';
import { elapsedLabel, epochLabel, momentLabel, stepLabel } from './place-label.ts';

const HOUR = 3600;
/** Distances between labels of a time that was trained, in seconds: hours are not counted in tens. */
const DURATIONS = [
  ...[1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
  ...[60, 120, 300, 600, 900, 1800],
  ...[1, 2, 3, 6, 12, 24, 48, 120, 240, 480, 1200, 2400, 4800].map((hours) => hours * HOUR),
];

const LABELS = { step: stepLabel, epoch: epochLabel, relative: elapsedLabel } as const;

/**
 * A chart's axes, places below and values on the left.
 * @param color the colour of a CSS variable in this theme
 */
export function axes({ axis, logX, logY }: Kind, color: (variable: string) => string): uPlot.Axis[] {
  const both: uPlot.Axis = {
    stroke: () => color('--muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: () => color('--grid'), width: 1 },
    ticks: { show: false },
  };
  const below: uPlot.Axis = { ...both, size: axis === 'time' ? 40 : 26, gap: 6, space: spaceOf(axis) };
  if (axis === 'time')
    below.values = (_, splits, _axis, _space, distance) =>
      splits.map((time, i) => momentLabel(time, distance, i > 0 ? splits[i - 1] : null));
  else below.values = labels(LABELS[axis], logX);
  if (axis === 'relative' && !logX) below.incrs = DURATIONS;
  return [
    below,
    {
      ...both,
      size: (_, words) => widthOf(words),
      gap: 8,
      space: 32,
      values: labels(formatTick, logY),
    },
  ];
}

/** Labels that tell neighbours apart. uPlot passes null for splits of a logarithmic axis that are to stay unlabelled. */
function labels(spell: (value: number, distance: number) => string, log: boolean): uPlot.Axis.DynamicValues {
  return (_plot, splits, _index, _space, distance) =>
    splits.map((value: number | null) => (value === null ? '' : spell(value, log ? 0 : distance)));
}

/** From one label below to the next, at least, in CSS pixels: far from zero, or near each other, they are longer. */
function spaceOf(axis: Axis): uPlot.Axis.Space {
  return (_plot, _index, min, max) =>
    (axis === 'step' && max >= 1e6) || (axis === 'relative' && max >= HOUR && max - min < HOUR) ? 88 : 64;
}

/** Room for the labels on the left, in CSS pixels: the same for all charts but those whose labels are longer. */
function widthOf(words: readonly string[] | null): number {
  const longest = Math.max(0, ...(words ?? []).map(({ length }) => length));
  return longest <= 7 ? 54 : 6 + 7 * longest;
}
