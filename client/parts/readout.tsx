import { type ReadonlySignal, signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { useApp } from '../app-context.ts';
import type { DrawnLine } from '../chart/drawn-line.ts';
import { type ChartSpec, strokeOf } from '../charts.ts';
import { formatCount, formatValue } from '../format.ts';
import type { Points } from '../points.ts';
import type { Line } from '../series.ts';
import { indexAt, indexAtStep } from './read-at.ts';

interface Props {
  readonly spec: ChartSpec;
  /** Id of the run whose points these are. */
  readonly run: string;
  readonly points: Points;
  readonly hidden: ReadonlySet<string>;
  /** The lines as the chart has drawn them; none where it is not in view. */
  readonly lines: () => readonly DrawnLine[];
  /** Counts up when they were drawn otherwise. */
  readonly drawn: ReadonlySignal<number>;
  readonly onToggle: (series: string) => void;
}

/** Lines that are named one by one while nothing is pointed at; more ranks or attempts are counted. */
const MOST = 12;
/** Numbers change at most this often, ms: text that flickers cannot be read. */
const PACE = 250;

/**
 * The chart's legend and its readout in one: each line's latest value, in the order of the spec; or its value at the
 * pinned step or under the cursor, the highest first. Numbers are written in turn with the drawings of charts, and
 * straight into their texts: to render every panel of a page at once would hold up the frame.
 */
export function Readout(props: Props): JSX.Element {
  const { spec, run, points, hidden, lines: linesDrawn, drawn, onToggle } = props;
  const { charts, cursor, listeners, redraw } = useApp();
  const element = useRef<HTMLDivElement>(null);
  const renewed = useSignal(0);
  const pin = charts.pin.value;
  const at = cursor.value;
  const { axis, smooth } = charts.settings.value;
  const reading = pin !== null || at !== null;
  const linesNow = (): Line[] => spec.series.flatMap(({ name }) => points.lines(name));
  const rows = useMemo(
    () =>
      spec.series.flatMap((one) => {
        const of = points.lines(one.name);
        return of.map((line) => ({
          name: one.name,
          ...strokeOf(one, line.rank),
          line,
          several: of.length > 1,
          text: signal(''),
          mean: signal(''),
        }));
      }),
    [renewed.value, spec, points],
  );
  /** Writes every number; returns them. */
  const write = (): (number | null)[] => {
    const places = points.places(axis);
    const known = drawn.peek() >= 0 ? linesDrawn() : [];
    return rows.map(({ line: whole, text, mean }) => {
      const shown = known.find((one) => one.whole === whole);
      const line = shown?.line ?? whole;
      const index =
        pin !== null ? indexAtStep(line, pin) : at !== null ? indexAt(line, at, places) : line.length - 1;
      const value = index < 0 ? null : line.values[index];
      const average = smooth > 0 && index >= 0 ? (shown?.means?.[index] ?? NaN) : NaN;
      text.value = value === null ? (reading ? '—' : '') : formatValue(value);
      mean.value = Number.isFinite(average) ? `~${formatValue(average)}` : '';
      return value;
    });
  };
  const values = drawn.value >= 0 ? write() : [];
  const order = rows.map((_, i) => i);
  if (reading) order.sort((a, b) => rank(values[b]) - rank(values[a]));
  const shown = reading ? order : order.slice(0, MOST);

  const refresh = (): void => {
    const lines = linesNow();
    const same = lines.length === rows.length && lines.every((line, i) => line === rows[i].line);
    // By their size they may stand in another order now.
    if (!same || reading) renewed.value += 1;
    else write();
  };
  const now = useRef(refresh);
  useLayoutEffect(() => void (now.current = refresh));
  useEffect(() => {
    const names = new Set(spec.series.map(({ name }) => name));
    const numbers = { element: element.current!, pace: PACE, draw: () => now.current() };
    redraw.add(numbers);
    const listen = (changed: ReadonlySet<string>, of: string): void => {
      if (of === run && [...names].some((name) => changed.has(name))) redraw.mark(numbers);
    };
    listeners.add(listen);
    return () => {
      listeners.delete(listen);
      redraw.remove(numbers);
    };
  }, [spec, run, points]);

  return (
    <div
      ref={element}
      class={`readout${reading ? ' reading' : ''}`}
      data-testid="readout"
      data-pinned={pin ?? undefined}
    >
      {shown.map((row) => {
        const { name, color, thin, line, several, text, mean } = rows[row];
        return (
          <button
            key={`${line.series}\n${line.rank}\n${line.attempt}`}
            type="button"
            class={`legend${thin ? ' thin' : ''}`}
            aria-pressed={!hidden.has(name)}
            title={`${name}: show or hide`}
            onClick={() => onToggle(name)}
          >
            <i style={{ background: `var(${color})` }} aria-hidden="true" />
            <span class="clip">
              {name}
              {several && <span class="muted"> {label(line, rows)}</span>}
            </span>{' '}
            <b>{text}</b>
            {smooth > 0 && (
              <span class="muted" title="smoothed">
                {mean}
              </span>
            )}
          </button>
        );
      })}
      {shown.length < rows.length && (
        <span class="muted">and {formatCount(rows.length - shown.length)} more</span>
      )}
    </div>
  );
}

function label({ rank, attempt }: Line, lines: readonly { line: Line }[]): string {
  const ranks = lines.some(({ line }) => line.rank !== lines[0].line.rank);
  const attempts = lines.some(({ line }) => line.attempt !== lines[0].line.attempt);
  return [ranks && `rank ${rank}`, attempts && `attempt ${attempt + 1}`].filter(Boolean).join(', ');
}

/** Finite values by their size, then those that are none, then no value. */
function rank(value: number | null): number {
  if (value === null) return -Infinity;
  return Number.isNaN(value) ? -Number.MAX_VALUE : value;
}
