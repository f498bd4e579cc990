import type uPlot from 'uplot';
import { formatValue } from '../format.ts';
import type { Axis } from './axis.ts';
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
export function axes(axis: Axis, logX: boolean, color: (variable: string) => string): uPlot.Axis[] {
  const both: uPlot.Axis = {
    stroke: () => color('--muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: () => color('--grid'), width: 1 },
    ticks: { show: false },
  };
  const below: uPlot.Axis = { ...both, size: axis === 'time' ? 40 : 26, gap: 6, space: 64 };
  if (axis === 'time')
    below.values = (_, splits, _axis, _space, distance) =>
      splits.map((time, i) => momentLabel(time, distance, i > 0 ? splits[i - 1] : null));
  else below.values = (_, splits) => splits.map(labelled(LABELS[axis]));
  if (axis === 'relative' && !logX) below.incrs = DURATIONS;
  return [
    below,
    { ...both, size: 54, gap: 8, space: 32, values: (_, splits) => splits.map(labelled(formatValue)) },
  ];
}

/** uPlot passes null for splits of a logarithmic axis that are to stay unlabelled. */
function labelled(spell: (value: number) => string): (value: number | null) => string {
  return (value) => (value === null ? '' : spell(value));
}
