import type { ChartState } from '../chart-state.ts';
import type { ChartLook } from '../chart/chart-source.ts';

/** How one chart is shown, by what is said of all of them and of it. */
export function lookOf({ settings, zoom, pin }: ChartState, chart: string): ChartLook {
  const { logX, logY, flipped, fit, smooth, follow } = settings.peek();
  return { zoom: zoom.peek(), pin: pin.peek(), follow, logX, logY: logY !== flipped.has(chart), fit, smooth };
}
