import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { useApp } from '../app-context.ts';
import type { DrawnLine } from '../chart/drawn-line.ts';
import type { Places } from '../chart/places.ts';
import type { ChartSpec } from '../charts.ts';
import { formatCount, formatValue } from '../format.ts';
import type { Points } from '../points.ts';
import { type Line, nearest } from '../series.ts';

interface Props {
  readonly spec: ChartSpec;
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
/** A line says nothing of places further from its ends than this, as a share of the axis. */
const REACH = 0.02;

/**
 * The chart's legend and its readout in one: each line's latest value, in the order of the spec; or its value at the
 * pinned step or under the cursor, the highest first.
 */
export function Readout({ spec, points, hidden, lines: linesDrawn, drawn, onToggle }: Props): JSX.Element {
  const { charts, cursor, feed } = useApp();
  const beat = feed.beat.value;
  const pin = charts.pin.value;
  const at = cursor.value;
  const { axis, smooth } = charts.settings.value;
  const lines = useMemo(
    () =>
      spec.series.flatMap((one) => {
        const of = points.lines(one.name);
        return of.map((line) => ({ ...one, line, several: of.length > 1 }));
      }),
    [beat, spec, points],
  );
  const reading = pin !== null || at !== null;
  const places = points.places(axis);
  const known = drawn.value >= 0 ? linesDrawn() : [];
  const rows = lines.map((row) => {
    const shown = known.find(({ whole }) => whole === row.line);
    const line = shown?.line ?? row.line;
    const index =
      pin !== null ? indexAtStep(line, pin) : at !== null ? indexAt(line, at, places) : line.length - 1;
    const value = index < 0 ? null : line.values[index];
    return { ...row, value, mean: smooth > 0 && index >= 0 ? (shown?.means?.[index] ?? null) : null };
  });
  if (reading) rows.sort((a, b) => order(b.value) - order(a.value));
  const shown = reading ? rows : rows.slice(0, MOST);
  return (
    <div class={`readout${reading ? ' reading' : ''}`} data-testid="readout" data-pinned={pin ?? undefined}>
      {shown.map(({ name, color, split, line, several, value, mean }) => (
        <button
          key={`${line.series}\n${line.rank}\n${line.attempt}`}
          type="button"
          class={`legend${split === 'train' ? ' thin' : ''}`}
          aria-pressed={!hidden.has(name)}
          title={`${name}: show or hide`}
          onClick={() => onToggle(name)}
        >
          <i style={{ background: `var(${color})` }} aria-hidden="true" />
          <span class="clip">
            {name}
            {several && <span class="muted"> {label(line, lines)}</span>}
          </span>{' '}
          <b>{value === null ? (reading ? '—' : '') : formatValue(value)}</b>
          {mean !== null && Number.isFinite(mean) && (
            <span class="muted" title="smoothed">
              ~{formatValue(mean)}
            </span>
          )}
        </button>
      ))}
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
function order(value: number | null): number {
  if (value === null) return -Infinity;
  return Number.isNaN(value) ? -Number.MAX_VALUE : value;
}

/** The point of a line nearest to a place; -1 where the line does not come so far. */
function indexAt(line: Line, place: number, places: Places): number {
  const [from, to] = places.extent() ?? [0, 0];
  const of = places.of(line);
  return within(of[0], of[line.length - 1], place, to - from, line.length)
    ? nearest(of, line.length, place)
    : -1;
}

function indexAtStep(line: Line, step: number): number {
  const { steps, length } = line;
  const reach = steps[length - 1] - steps[0];
  return within(steps[0], steps[length - 1], step, reach, length) ? line.nearest(step) : -1;
}

function within(first: number, last: number, place: number, extent: number, count: number): boolean {
  const near = Math.max(extent * REACH, count > 1 ? (last - first) / (count - 1) : 0);
  return count > 0 && place >= first - near && place <= last + near;
}
