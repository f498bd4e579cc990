import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useApp } from '../app-context.ts';
import { Chart } from '../chart/chart.ts';
import type { ChartSource } from '../chart/chart-source.ts';
import type { Line } from '../series.ts';

/** What a panel gives its chart beyond what every chart has of the app. */
export type PanelSource = Omit<ChartSource, 'lit'>;

export interface MountedChart {
  readonly host: RefObject<HTMLDivElement | null>;
  readonly chart: RefObject<Chart | null>;
  /** What of the chart cannot be seen, in words. */
  readonly outOfView: ReadonlySignal<string>;
  /** Counts up when it was drawn otherwise than before: zoomed, smoothed, pinned. */
  readonly drawn: ReadonlySignal<number>;
  /** Has it drawn anew. */
  readonly mark: () => void;
}

/** Words beside a chart change at most this often, ms. */
const PACE = 250;

/**
 * A chart in an element of a panel, drawn whenever one of its series has new points.
 * @param source read at every drawing
 * @param concerns whether points that came for some series of a run are this chart's
 * @param key it is made anew when this is another
 */
export function useChart(
  source: PanelSource,
  concerns: (series: ReadonlySet<string>, run: string) => boolean,
  key: unknown,
): MountedChart {
  const app = useApp();
  const host = useRef<HTMLDivElement>(null);
  const mounted = useRef<Chart>(null);
  const outOfView = useSignal('');
  const drawn = useSignal(0);
  const now = useRef({ source, concerns });
  now.current = { source, concerns };
  const mark = (): void => {
    if (mounted.current) app.redraw.mark(mounted.current);
  };

  useLayoutEffect(() => {
    const of = <K extends keyof PanelSource>(what: K): PanelSource[K] => now.current.source[what];
    let [words, look, timer] = ['', '', 0];
    const tell = (): void => {
      timer = 0;
      outOfView.value = words;
    };
    const chart = new Chart(
      host.current!,
      {
        lines: (name) => of('lines')(name),
        detail: (line: Line, from, to, columns) => of('detail')(line, from, to, columns),
        places: () => of('places')(),
        last: () => of('last')(),
        spec: () => of('spec')(),
        findings: () => of('findings')(),
        best: () => of('best')(),
        look: () => of('look')(),
        hidden: () => of('hidden')(),
        lit: () => app.lit.peek(),
      },
      {
        cursor: (place) => (app.cursor.value = place),
        zoom: (span) => (app.zoom.value = span),
        pin: (step) => (app.charts.pin.value = app.charts.pin.peek() === null ? step : null),
        point: (finding) => (app.lit.value = finding),
        choose: (id) => (app.chosen.value = { id, on: 'curve' }),
        drew: (unseen) => {
          if (chart.lines.some(({ line }) => line.length > 0)) app.opening.drew();
          if (unseen !== words) {
            words = unseen;
            timer ||= window.setTimeout(tell, PACE);
          }
          const now = JSON.stringify([of('places')().axis, of('look')()]);
          if (now !== look) drawn.value += 1;
          look = now;
        },
      },
      app.palette,
    );
    mounted.current = chart;
    // The first charts of a page are drawn with it: a browser tells what is in sight only after it has painted.
    app.redraw.add(chart, !app.opening.over.peek());
    const listen = (changed: ReadonlySet<string>, run: string): void => {
      if (now.current.concerns(changed, run)) mark();
    };
    app.listeners.add(listen);
    const sized = new ResizeObserver(([{ contentRect }]) => {
      chart.resize(contentRect.width, contentRect.height);
      mark();
    });
    sized.observe(host.current!);
    return () => {
      clearTimeout(timer);
      app.listeners.delete(listen);
      sized.disconnect();
      app.redraw.remove(chart);
      chart.destroy();
      mounted.current = null;
    };
  }, [key]);

  return { host, chart: mounted, outOfView, drawn, mark };
}
