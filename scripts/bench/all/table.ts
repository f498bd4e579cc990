import { median } from '../samples.ts';
import { GOALS, SCALE, type Goal } from './goals.ts';

/** The figures of each run of each bench, by the bench's name. */
export type Runs = ReadonlyMap<string, readonly ReadonlyMap<string, number>[]>;

/** One row: what was measured of a goal. */
export interface Row {
  readonly goal: Goal;
  /** In the goal's unit, one of each run, in the order of the runs. */
  readonly values: readonly number[];
  /** Their median; of what must not happen at all the worst. NaN: nothing was measured. */
  readonly value: number;
  readonly met: boolean;
}

/** The rows of the benches that ran. */
export function rowsOf(runs: Runs, goals: readonly Goal[] = GOALS): Row[] {
  return goals.flatMap((goal) => {
    const told = runs.get(goal.bench);
    if (!told) return [];
    const values = told.flatMap((figures) => {
      const value = figures.get(goal.figure);
      return value === undefined ? [] : [value / SCALE[goal.unit]];
    });
    // No run may lose a point: the middle one would hide it.
    const value = goal.unit === 'points' ? Math.max(...values) : median(values);
    const met = values.length > 0 && (goal.rule === 'at least' ? value >= goal.goal : value <= goal.goal);
    return [{ goal, values, value: values.length > 0 ? value : NaN, met }];
  });
}

/** A number to three digits. */
export function three(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

const HEAD = ['What', 'Measured', 'Least to most', 'Goal', '', 'Limit'];

function cellsOf({ goal, values, value, met }: Row): string[] {
  const sign = goal.rule === 'at least' ? '≥' : '≤';
  if (values.length === 0) return [goal.what, 'nothing', '', `${sign} ${goal.goal}`, 'not measured', ''];
  return [
    goal.what,
    `${three(value)} ${goal.unit}`,
    `${three(Math.min(...values))} to ${three(Math.max(...values))}`,
    `${sign} ${goal.goal}`,
    met ? 'met' : 'missed',
    goal.limit === null ? '' : String(goal.limit),
  ];
}

/** The table, aligned for a terminal, or as Markdown. */
export function format(rows: readonly Row[], markdown: boolean): string {
  const cells = [HEAD, ...rows.map(cellsOf)];
  if (markdown) {
    const bold = (row: string[]) => row.map((cell) => (cell === 'missed' ? '**missed**' : cell));
    const lines = cells.map((row) => `| ${bold(row).join(' | ')} |`);
    lines.splice(1, 0, `| ${HEAD.map(() => '---').join(' | ')} |`);
    return lines.join('\n');
  }
  const widths = HEAD.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  return cells
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
