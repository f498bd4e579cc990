import { runsOf } from './address.ts';
import type { App } from './app-context.ts';
import { SIZES } from './chart-arrangement.ts';
import { nextStrength } from './chart-settings.ts';
import { AXES } from './chart/axis.ts';

/** Steps that are followed where none were said before. */
const FOLLOWED = 1_000;
/** Steps that were followed last. */
let followed = FOLLOWED;

/** What a key does to the charts of a run, or of a comparison. Returns whether it does anything. */
export function pressOnCharts({ charts, zoom, state, location }: App, key: string): boolean {
  const { set } = charts;
  const { axis, logX, logY, fit, smooth, follow } = charts.settings.value;
  const run = state.runs.get(location.param('base') || runsOf(location.address.value)[0])?.value;
  switch (key) {
    case 'a':
      if (run) set({ axis: AXES[(AXES.findIndex((one) => one.axis === axis) + 1) % AXES.length].axis });
      return run !== undefined;
    case 'l':
      set({ logY: !logY });
      return true;
    case 'L':
      set({ logX: !logX });
      return true;
    case '[':
    case ']':
      set({ smooth: nextStrength(smooth, key === ']' ? 1 : -1) });
      return true;
    case 'o':
      set({ fit: !fit });
      return true;
    case 'f':
      followed = follow ?? followed;
      if (zoom.value) zoom.value = null;
      else set({ follow: follow === null ? followed : null });
      return true;
    case 'z':
      followed = follow ?? followed;
      zoom.value = null;
      set({ follow: null });
      return true;
    case 'w': {
      if (!run) return false;
      const arrangement = charts.arrangement(run.project);
      const { size } = arrangement.value;
      arrangement.value = { ...arrangement.value, size: SIZES[(SIZES.indexOf(size) + 1) % SIZES.length] };
      return true;
    }
    case 's':
      document.querySelector<HTMLElement>('[data-testid=chart-search]')?.focus();
      return true;
    default:
      return false;
  }
}
