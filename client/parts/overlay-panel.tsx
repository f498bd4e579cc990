import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useApp } from '../app-context.ts';
import { Chart } from '../chart/chart.ts';
import { allPositive } from '../chart/range.ts';
import type { ChartSpec } from '../charts.ts';
import { formatCount, formatValue } from '../format.ts';
import { type Curve, overlay } from '../runs/compare.ts';
import { ChartMenu } from './chart-menu.tsx';

interface Props {
  readonly series: string;
  readonly curves: readonly (Curve & { readonly label: string; readonly color: string })[];
}

const NOTHING: ReadonlySet<string> = new Set();

/** One series of several runs on one chart. */
export function OverlayPanel({ series, curves }: Props): JSX.Element {
  const app = useApp();
  const host = useRef<HTMLDivElement>(null);
  const log = useSignal(false);
  const { drawn, spec } = useMemo(() => {
    const chart: ChartSpec = {
      key: `compare/${series}`,
      title: series,
      role: 'loss',
      section: '',
      series: curves.map(({ name, color }) => ({ name, color, split: null })),
    };
    return { drawn: { now: overlay(series, curves) }, spec: chart };
  }, [series, curves]);

  useEffect(() => {
    const chart = new Chart(
      host.current!,
      {
        points: () => drawn.now,
        spec: () => spec,
        findings: () => [],
        best: () => null,
        zoom: () => app.zoom.peek(),
        lit: () => null,
        log: () => log.peek() || app.location.param('log') !== '',
        hidden: () => NOTHING,
      },
      {
        cursor: (step) => (app.cursor.value = step),
        zoom: (span) => (app.zoom.value = span),
        point: () => undefined,
        choose: () => undefined,
      },
      app.palette,
    );
    app.redraw.add(chart);
    const mark = (): void => app.redraw.mark(chart);
    const listen = (changed: ReadonlySet<string>): void => {
      if (!changed.has(series)) return;
      drawn.now = overlay(series, curves);
      mark();
    };
    app.listeners.add(listen);
    const sized = new ResizeObserver(mark);
    sized.observe(host.current!);
    const relog = log.subscribe(mark);
    return () => {
      relog();
      app.listeners.delete(listen);
      sized.disconnect();
      app.redraw.remove(chart);
      chart.destroy();
    };
  }, [spec]);

  const ids = new Map(app.feed.looks.value.map((look) => [look.points, look.run]));
  const at = app.cursor.value;
  const beat = app.feed.beat.value;
  const values = useMemo(() => {
    const shown = overlay(series, curves);
    return curves
      .map(({ label, name, color }) => {
        const line = shown.lines(name).at(0);
        const index = line ? (at === null ? line.length - 1 : line.nearest(at)) : -1;
        return { label, name, color, value: line && index >= 0 ? line.values[index] : null };
      })
      .filter(({ value }) => value !== null)
      .sort((a, b) => a.value! - b.value!);
  }, [series, curves, at, beat]);
  return (
    <figure class="panel" data-testid="overlay" data-series={series}>
      <figcaption>
        <h3>{series}</h3>
        <span class="space" />
        <span class="muted" data-testid="at">
          {at === null ? '' : `step ${formatCount(Math.max(0, Math.round(at)))}`}
        </span>
        <button
          type="button"
          class="quiet scale"
          aria-pressed={log.value}
          title="Logarithmic axis, where all values are positive"
          onClick={() => (log.value = !log.value)}
        >
          log
        </button>
        <ChartMenu
          name={series}
          shown={() => ({
            ...{ spec, findings: [], best: null, hidden: NOTHING, series: [series] },
            points: drawn.now,
            log: log.value && allPositive(spec.series.flatMap(({ name }) => drawn.now.lines(name))),
            labels: new Map(curves.map(({ name, label }) => [name, label])),
            runs: curves.flatMap(({ points }) => points.map((one) => ids.get(one) ?? [])).flat(),
          })}
        />
      </figcaption>
      <div class="readout">
        {values.slice(0, 8).map(({ label, name, color, value }) => (
          <span key={name} class="legend">
            <i style={{ background: `var(${color})` }} aria-hidden="true" />
            <span class="clip">{label}</span> <b>{formatValue(value!)}</b>
          </span>
        ))}
        {values.length > 8 && <span class="muted">and {formatCount(values.length - 8)} more</span>}
      </div>
      <div ref={host} class="plot" data-testid="plot" role="group" aria-label={`Curves of ${series}`} />
    </figure>
  );
}
