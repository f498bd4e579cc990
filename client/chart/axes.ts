import type uPlot from 'uplot';
import { formatValue } from '../format.ts';

/** A chart's axes, steps below and values on the left. @param color the colour of a CSS variable in this theme */
export function axes(color: (variable: string) => string): uPlot.Axis[] {
  const both: uPlot.Axis = {
    stroke: () => color('--muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: () => color('--grid'), width: 1 },
    ticks: { show: false },
  };
  return [
    { ...both, size: 26, gap: 6, space: 64, values: (_, splits) => splits.map(stepLabel) },
    { ...both, size: 54, gap: 8, space: 32, values: (_, splits) => splits.map(valueLabel) },
  ];
}

const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 });
const STEP = new Intl.NumberFormat('en-US');

/** 1200 as "1,200", 1.2 million as "1.2M". */
function stepLabel(step: number): string {
  if (!Number.isInteger(step)) return '';
  return Math.abs(step) >= 1e5 ? COMPACT.format(step) : STEP.format(step);
}

/** uPlot passes null for splits of a logarithmic axis that are to stay unlabelled. */
function valueLabel(value: number | null): string {
  return value === null ? '' : formatValue(value);
}
