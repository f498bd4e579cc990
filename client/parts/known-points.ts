import { useEffect, useMemo } from 'preact/hooks';
import type { SeriesState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import type { Look } from '../feed.ts';
import { cutPoints, PastPoints } from '../past-points.ts';
import { Points } from '../points.ts';

const NONE = new Points();

/** The points of a run as they are, or, in time travel, as they were known at the step. */
export function useKnownPoints(look: Look | null, series: readonly SeriesState[] | null): Points {
  const { travel, feed, listeners } = useApp();
  const past = travel.past.value;
  const step = travel.asof.value;
  const travels = step !== null;
  // As they are, charts hear of new points by themselves.
  const beat = travels ? feed.beat.value : 0;
  /** The same at every step, so that no chart is made anew. */
  const cut = useMemo(() => (travels && look ? new PastPoints() : null), [travels, look?.run]);
  useMemo(() => {
    if (!cut || !look || !series || step === null) return;
    cutPoints(cut, look.points, series, step);
  }, [cut, look, series, step, beat]);
  useEffect(() => {
    if (!cut || !look || !series) return;
    const changed = new Set(series.map((one) => one.series));
    listeners.forEach((listen) => listen(changed, look.run));
  }, [cut, step, past, beat]);
  return cut ?? look?.points ?? NONE;
}
