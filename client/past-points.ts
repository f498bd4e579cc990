import type { PointsPart } from '../shared/points.ts';
import type { SeriesState } from '../shared/frames.ts';
import { Detail } from './detail.ts';
import { Points } from './points.ts';
import { Line } from './series.ts';

/** What lies between the points of cut lines: what lies between those of the lines that they were cut from, cut too. */
class PastDetail extends Detail {
  points: Points | null = null;
  /** The step, and the attempt it is of. */
  step = Infinity;
  attempt = 0;

  override of(line: Line, from: number, to: number, columns: number): Line {
    const isOf = ({ rank, attempt }: Line): boolean => rank === line.rank && attempt === line.attempt;
    const whole = this.points?.lines(line.series).find(isOf);
    if (!this.points || !whole) return line;
    const end = line.attempt < this.attempt ? Infinity : this.step;
    const read = this.points.detail.of(whole, from, Math.min(to, end), columns);
    if (read === whole) return line;
    const count = read.lowerBound(end + 0.5);
    const [steps, times, values] = [read.steps, read.times, read.values].map((column) =>
      column.subarray(0, count),
    );
    const cut = new Line(line.series, line.rank, line.attempt);
    cut.append({ steps, times, values });
    return cut;
  }
}

/** Points as they were known at a step. */
export class PastPoints extends Points {
  declare readonly detail: PastDetail;

  constructor() {
    super(() => undefined, new PastDetail(() => undefined));
  }
}

/**
 * Cuts points to what was known at a step, into `cut`, which is drawn in their place. As the server has it, the step is
 * looked for in the latest attempt that has reached it: attempts before that one are whole, later ones not there yet.
 * Real points only, so a decimated line may end before the step.
 * @param series whose lines are cut
 */
export function cutPoints(
  cut: PastPoints,
  points: Points,
  series: readonly SeriesState[],
  step: number,
): void {
  cut.first = Infinity;
  cut.last = -Infinity;
  cut.latest = 0;
  cut.attempts.clear();
  cut.epochSeries = points.epochSeries;
  const parts: PointsPart[] = [];
  const names = new Set(series.map((one) => one.series));
  const lines = [...names].flatMap((name) => points.lines(name));
  const reached = lines.filter(({ rank, steps, length }) => rank === 0 && length > 0 && steps[0] <= step);
  const stood = Math.max(0, ...reached.map(({ attempt }) => attempt));
  cut.detail.points = points;
  cut.detail.step = step;
  cut.detail.attempt = stood;
  for (const line of lines) {
    const count = line.attempt < stood ? line.length : line.attempt > stood ? 0 : line.lowerBound(step + 0.5);
    parts.push({
      series: parts.length,
      attempt: line.attempt,
      total: line.complete ? count : line.total,
      replace: true,
      window: null,
      steps: line.steps.subarray(0, count),
      times: line.times.subarray(0, count),
      values: line.values.subarray(0, count),
    });
  }
  cut.apply(parts, lines);
}
