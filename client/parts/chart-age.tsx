import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import { useApp } from '../app-context.ts';
import { formatAge } from '../format.ts';
import type { Points } from '../points.ts';

interface Props {
  readonly run: string;
  /** Names of the chart's series. */
  readonly names: readonly string[];
  readonly points: Points;
}

/** How old the newest point of a chart is; nothing before the first. Rendered when it reads otherwise, and only then. */
export function ChartAge({ run, names, points }: Props): JSX.Element | null {
  const { feed, state, travel } = useApp();
  const text = useComputed(() => {
    const known = state.runs.get(run);
    let latest = Math.min(0, feed.beat.value); // 0, and asked for anew at every beat
    for (const name of names) for (const line of points.lines(name)) latest = Math.max(latest, line.latest);
    // The run's age by the server's clock, and how far this chart lags by the trainer's: no clock is compared with another.
    const heard = known ? travel.shown(known.value).heard : 0;
    return latest > 0 ? formatAge(state.clock.value - heard + (points.latest - latest)) : '';
  });
  if (text.value === '') return null;
  return (
    <span class="age" title="Age of the newest point" data-testid="chart-age">
      {text.value}
    </span>
  );
}
