import type { JSX } from 'preact';
import type { SeriesState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { formatCount, formatEpoch } from '../format.ts';
import type { Points } from '../points.ts';

/** Where the cursor is: "step 1,200 · epoch 12". The epoch is the last one logged at or before the step. */
export function Position(props: { points: Points; series: readonly SeriesState[] }): JSX.Element {
  const { cursor } = useApp();
  const { points, series } = props;
  const at = cursor.value;
  return (
    <span class="muted clip" data-testid="at">
      {at === null ? '' : position(Math.max(0, Math.round(at)), points, series)}
    </span>
  );
}

function position(step: number, points: Points, series: readonly SeriesState[]): string {
  const named = series.find(({ role }) => role === 'epoch');
  const epochs = named && points.lines(named.series).at(-1);
  const index = epochs ? epochs.lowerBound(step + 1) - 1 : -1;
  const epoch = epochs && index >= 0 ? ` · epoch ${formatEpoch(epochs.values[index])}` : '';
  return `step ${formatCount(step)}${epoch}`;
}
