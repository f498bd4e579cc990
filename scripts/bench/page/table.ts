/** One figure of the page, with what was wanted of it. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The limit that is wanted; null: none. */
  readonly goal: number | null;
  /** Whether more is better; less is, else. */
  readonly more?: boolean;
  /** How the value came about, where it needs saying. */
  readonly note?: string;
}

/** The figures as a table for people; a goal that is missed says so. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, value, unit, goal, more = false, note }) => {
    const met = goal === null ? '' : (more ? value >= goal : value <= goal) ? 'met' : 'MISSED';
    const wanted = goal === null ? '' : `${more ? '≥' : '≤'} ${goal} ${unit}`;
    return [what, `${rounded(value)} ${unit}`, wanted, met, note ?? ''];
  });
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i < 4 ? cell.padEnd(widths[i]) : cell))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length === 0 ? NaN : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
