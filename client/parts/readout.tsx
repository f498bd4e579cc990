import type { JSX } from 'preact';
import type { SeriesState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import type { ChartSpec } from '../charts.ts';
import { formatCount, formatEpoch, formatValue } from '../format.ts';
import type { Points } from '../points.ts';
import type { Line } from '../series.ts';

interface Props {
  readonly spec: ChartSpec;
  readonly points: Points;
  readonly series: readonly SeriesState[];
  readonly hidden: ReadonlySet<string>;
  onToggle(series: string): void;
}

/** Lines that the readout names one by one; more ranks or attempts are counted. */
const MOST = 12;

/** The chart's legend and its readout in one: each line's value under the cursor, or its latest. */
export function Readout({ spec, points, series, hidden, onToggle }: Props): JSX.Element {
  const { cursor } = useApp();
  const at = cursor.value;
  const lines = spec.series.flatMap((one) => {
    const of = points.lines(one.name);
    return of.map((line, i) => ({ ...one, line, first: i === 0, several: of.length > 1 }));
  });
  return (
    <div class="readout" data-testid="readout">
      {lines.slice(0, MOST).map(({ name, color, split, line, several }) => (
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
          <b>{valueAt(line, at)}</b>
        </button>
      ))}
      {lines.length > MOST && <span class="muted">and {formatCount(lines.length - MOST)} more</span>}
      <span class="space" />
      <span class="at" data-testid="at">
        {at === null ? '' : position(at, points, series)}
      </span>
    </div>
  );
}

function label({ rank, attempt }: Line, lines: readonly { line: Line }[]): string {
  const ranks = lines.some(({ line }) => line.rank !== lines[0].line.rank);
  const attempts = lines.some(({ line }) => line.attempt !== lines[0].line.attempt);
  return [ranks && `rank ${rank}`, attempts && `attempt ${attempt + 1}`].filter(Boolean).join(', ');
}

function valueAt(line: Line, step: number | null): string {
  const index = step === null ? line.length - 1 : line.nearest(step);
  return index < 0 ? '' : formatValue(line.values[index]);
}

/** "step 1,200 · epoch 12". The epoch is the last one logged at or before the step. */
function position(at: number, points: Points, series: readonly SeriesState[]): string {
  const step = Math.max(0, Math.round(at));
  const named = series.find(({ role }) => role === 'epoch');
  const epochs = named && points.lines(named.series).at(-1);
  const index = epochs ? epochs.lowerBound(step + 1) - 1 : -1;
  const epoch = epochs && index >= 0 ? ` · epoch ${formatEpoch(epochs.values[index])}` : '';
  return `step ${formatCount(step)}${epoch}`;
}
