import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { useApp } from '../app-context.ts';
import type { ChartSpec } from '../charts.ts';
import { formatCount, formatValue } from '../format.ts';
import type { Points } from '../points.ts';
import type { Line } from '../series.ts';

interface Props {
  readonly spec: ChartSpec;
  readonly points: Points;
  readonly hidden: ReadonlySet<string>;
  readonly onToggle: (series: string) => void;
}

/** Lines that the readout names one by one; more ranks or attempts are counted. */
const MOST = 12;

/** The chart's legend and its readout in one: each line's value under the cursor, or its latest. */
export function Readout({ spec, points, hidden, onToggle }: Props): JSX.Element {
  const { cursor, feed } = useApp();
  const beat = feed.beat.value;
  const at = cursor.value;
  const lines = useMemo(
    () =>
      spec.series.flatMap((one) => {
        const of = points.lines(one.name);
        return of.map((line) => ({ ...one, line, several: of.length > 1 }));
      }),
    [beat, spec, points],
  );
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
