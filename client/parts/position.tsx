import type { JSX } from 'preact';
import type { SeriesState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { placeWords } from '../chart/place-label.ts';
import { formatCount, formatEpoch } from '../format.ts';
import type { Points } from '../points.ts';

/**
 * Where the cursor is, or what is pinned: "step 1,200 · epoch 12", and before it the place on another axis. The epoch
 * is the last one logged at or before the step.
 */
export function Position(props: { points: Points; series: readonly SeriesState[] }): JSX.Element {
  const { charts, cursor } = useApp();
  const { points, series } = props;
  const { axis } = charts.settings.value;
  const pin = charts.pin.value;
  const at = cursor.value;
  if (pin !== null)
    return (
      <span class="muted clip at" data-testid="at">
        pinned: {position(pin, points, series)}
      </span>
    );
  const step = at === null ? NaN : points.places(axis).stepAt(at);
  return (
    <span class="muted clip at" data-testid="at">
      {at !== null && axis !== 'step' && `${placeWords(axis, at)}${Number.isNaN(step) ? '' : ' · '}`}
      {!Number.isNaN(step) && position(Math.max(0, Math.round(step)), points, axis === 'epoch' ? [] : series)}
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
