import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { useApp } from '../app-context.ts';
import { type Places, stepPlaces } from '../chart/places.ts';
import type { ChartSpec } from '../charts.ts';
import { formatCount, formatValue } from '../format.ts';
import { type Curve, overlay } from '../runs/compare.ts';
import { lookOf } from './look-of.ts';
import { useChart } from './use-chart.ts';
import { ExportEntries } from './export-entries.tsx';
import { Menu } from './menu.tsx';

interface Props {
  readonly series: string;
  readonly curves: readonly (Curve & { readonly label: string; readonly color: string })[];
}

const NOTHING: ReadonlySet<string> = new Set();

/** One series of several runs on one chart. */
export function OverlayPanel({ series, curves }: Props): JSX.Element {
  const app = useApp();
  const { charts } = app;
  const { drawn, spec, places } = useMemo(() => {
    const all: ChartSpec = {
      key: `compare/${series}`,
      title: series,
      role: 'loss',
      section: '',
      series: curves.map(({ name, color }) => ({ name, color, split: null })),
    };
    const shown = { now: overlay(series, curves) };
    const steps: Places = { ...stepPlaces(shown.now), extent: () => stepPlaces(shown.now).extent() };
    return { drawn: shown, spec: all, places: steps };
  }, [series, curves]);
  const { host, chart, outOfView, mark } = useChart(
    {
      lines: (name) => drawn.now.lines(name),
      // A mean of runs has no points between its own; a run's are asked for as they are on its page.
      detail: (line, from, to, columns) =>
        curves
          .find(({ points }) => points.length === 1 && points[0].lines(series).includes(line))
          ?.points[0].detail.of(line, from, to, columns) ?? line,
      places: () => places,
      last: () => drawn.now.last,
      spec: () => spec,
      findings: () => [],
      best: () => null,
      look: () => lookOf(charts, spec.key),
      hidden: () => NOTHING,
    },
    (changed) => {
      if (!changed.has(series)) return false;
      drawn.now = overlay(series, curves);
      return true;
    },
    spec,
  );
  // What came after it was laid over one another and before anybody listened.
  useEffect(() => {
    drawn.now = overlay(series, curves);
    mark();
  }, [drawn]);

  const { logY, flipped } = charts.settings.value;
  const logged = logY !== flipped.has(spec.key);
  const flip = (): void => {
    const changed = new Set(flipped);
    if (!changed.delete(spec.key)) changed.add(spec.key);
    charts.set({ flipped: changed });
  };
  const at = charts.pin.value ?? app.cursor.value;
  const ids = new Map(app.feed.looks.value.map((look) => [look.points, look.run]));
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
          aria-pressed={logged}
          title="Logarithmic values"
          onClick={flip}
        >
          log
        </button>
        <Menu label="Export" testid="chart-menu">
          <ExportEntries
            name={series}
            spec={spec}
            runs={curves.flatMap(({ points }) => points.flatMap((one) => ids.get(one) ?? []))}
            series={[series]}
            places={places}
            labels={new Map(curves.map(({ name, label }) => [name, label]))}
            shown={() => chart.current && { chart: chart.current, findings: [], best: null }}
          />
        </Menu>
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
      {outOfView.value !== '' && <p class="out-of-view">{outOfView.value}</p>}
    </figure>
  );
}
