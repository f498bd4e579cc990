import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { useApp } from '../app-context.ts';
import type { Axis } from '../chart/axis.ts';
import { placeWords } from '../chart/place-label.ts';
import type { Places } from '../chart/places.ts';
import type { Span } from '../chart/range.ts';
import type { ChartSpec } from '../charts.ts';
import { formatChange, formatCount, formatValue } from '../format.ts';
import type { Points } from '../points.ts';
import { type Curve, overlay, overlayPlaces } from '../runs/overlay.ts';
import type { Line } from '../series.ts';
import { ExportEntries } from './export-entries.tsx';
import { lookOf } from './look-of.ts';
import { Menu } from './menu.tsx';
import { indexAt, indexAtStep } from './read-at.ts';
import { useChart } from './use-chart.ts';

interface Props {
  /** Its one series is the runs' own; it is shown once for each curve. */
  readonly spec: ChartSpec;
  readonly curves: readonly (Curve & { readonly label: string; readonly color: string })[];
  /** Points of the run that the others are held against. */
  readonly base: Points | undefined;
}

const NOTHING: ReadonlySet<string> = new Set();

/** Curves whose values are written. */
const MOST = 8;

/** One series of several runs on one chart. */
export function OverlayPanel({ spec: { key, title }, curves, base }: Props): JSX.Element {
  const app = useApp();
  const { charts } = app;
  const { drawn, spec, read, placesOn } = useMemo(() => {
    const all: ChartSpec = {
      ...{ key, title, unit: '', role: 'loss', section: '' },
      series: curves.map(({ name, color }) => ({ name, color, split: null, ranked: false, bound: false })),
    };
    const shown = { now: overlay(title, curves) };
    /** Whose lines are, of stretches that were read and of lines that were asked for before. */
    const owners = new WeakMap<Line, readonly Points[]>();
    const ownersOf = (line: Line): readonly Points[] => {
      let found = owners.get(line);
      if (!found) {
        const all = curves.find(({ name }) => shown.now.lines(name).includes(line))?.points ?? [];
        const own = all.find((points) => points.lines(title).includes(line));
        owners.set(line, (found = own ? [own] : all));
      }
      return found;
    };
    const kept = new Map<Axis, Places>();
    return {
      drawn: shown,
      spec: all,
      /** What lies between the points of a line: a mean of runs has none. */
      read: (line: Line, from: number, to: number, columns: number): Line => {
        const runs = ownersOf(line);
        if (runs.length !== 1) return line;
        const found = runs[0].detail.of(line, from, to, columns);
        if (found !== line) owners.set(found, runs);
        return found;
      },
      placesOn: (axis: Axis): Places => {
        let places = kept.get(axis);
        if (!places) kept.set(axis, (places = overlayPlaces(axis, () => shown.now, curves, ownersOf, base)));
        return places;
      },
    };
  }, [key, title, curves, base]);
  const { host, chart, outOfView, mark } = useChart(
    {
      lines: (name) => drawn.now.lines(name),
      detail: read,
      places: () => placesOn(charts.settings.peek().axis),
      last: () => drawn.now.last,
      spec: () => spec,
      findings: () => [],
      best: () => null,
      look: () => lookOf(charts, spec.key),
      hidden: () => NOTHING,
    },
    (changed) => {
      if (!changed.has(title)) return false;
      drawn.now = overlay(title, curves);
      return true;
    },
    spec,
  );
  // What came after it was laid over one another and before anybody listened.
  useEffect(() => {
    drawn.now = overlay(title, curves);
    mark();
  }, [drawn]);

  const { axis, logY, flipped } = charts.settings.value;
  const logged = logY !== flipped.has(spec.key);
  const flip = (): void => {
    const changed = new Set(flipped);
    if (!changed.delete(spec.key)) changed.add(spec.key);
    charts.set({ flipped: changed });
  };
  const pin = charts.pin.value;
  const at = app.cursor.value;
  const ids = new Map(app.feed.looks.value.map((look) => [look.points, look.run]));
  const beat = app.feed.beat.value;
  const values = useMemo(() => {
    const places = placesOn(axis);
    const valueOf = (lines: readonly Line[]): number | null => {
      // The latest attempt that has come to the place.
      for (const line of [...lines].reverse()) {
        const index =
          pin !== null ? indexAtStep(line, pin) : at !== null ? indexAt(line, at, places) : line.length - 1;
        if (index >= 0) return line.values[index];
      }
      return null;
    };
    drawn.now = overlay(title, curves);
    const rows = curves.flatMap(({ label, name, color, points }) => {
      const value = valueOf(drawn.now.lines(name));
      return value === null ? [] : { label, name, color, value, base: !!base && points.includes(base) };
    });
    const against = rows.find((row) => row.base)?.value ?? NaN;
    return rows
      .map((row) => ({ ...row, delta: row.base ? NaN : row.value - against }))
      .sort((a, b) => a.value - b.value);
  }, [drawn, axis, at, pin, beat]);
  return (
    <figure class="panel" data-testid="overlay" data-series={title}>
      <figcaption>
        <h3>{title}</h3>
        <span class="space" />
        <span class="muted clip at" data-testid="at">
          {pin !== null ? `pinned: step ${formatCount(pin)}` : at === null ? '' : placeWords(axis, at)}
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
            name={title}
            spec={spec}
            runs={curves.flatMap(({ points }) => points.flatMap((one) => ids.get(one) ?? []))}
            series={[title]}
            places={placesOn(axis)}
            steps={(span) => stepsOf(span, axis, curves)}
            labels={new Map(curves.map(({ name, label }) => [name, label]))}
            shown={() => chart.current && { chart: chart.current, findings: [], best: null }}
          />
        </Menu>
      </figcaption>
      <div class="readout" data-testid="readout">
        {values.slice(0, MOST).map(({ label, name, color, value, delta }) => (
          <span key={name} class="legend">
            <i style={{ background: `var(${color})` }} aria-hidden="true" />
            <span class="clip">{label}</span> <b>{formatValue(value)}</b>
            {Number.isFinite(delta) && (
              <span class="muted change" title="against the baseline" data-testid="against-base">
                {formatChange(delta)}
              </span>
            )}
          </span>
        ))}
        {values.length > MOST && <span class="muted">and {formatCount(values.length - MOST)} more</span>}
      </div>
      <div ref={host} class="plot" data-testid="plot" role="group" aria-label={`Curves of ${title}`} />
      {outOfView.value !== '' && <p class="out-of-view">{outOfView.value}</p>}
    </figure>
  );
}

/** The steps that any of the runs has within a span of an axis. */
function stepsOf(span: Span, axis: Axis, curves: readonly Curve[]): Span {
  const places = curves.flatMap(({ points }) => points.map((one) => one.places(axis)));
  const ends = span.map((end) => places.map(({ stepAt }) => stepAt(end)).filter(Number.isFinite));
  return [Math.min(...ends[0]), Math.max(...ends[1])];
}
