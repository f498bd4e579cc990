import type { SeriesState } from '../shared/frames.ts';
import type { Role, Split } from '../shared/lines.ts';
import { byText } from './text-order.ts';

/** One chart: the series of one quantity, train and validation together. */
export interface ChartSpec {
  /** Unique within the run, and stable. */
  readonly key: string;
  readonly title: string;
  readonly role: Role;
  /** Heading it stands under. */
  readonly section: string;
  readonly series: readonly ChartSeries[];
}

export interface ChartSeries {
  readonly name: string;
  readonly split: Split | null;
  /** The CSS variable of its colour: the same for the same series whatever else is shown. */
  readonly color: string;
}

const ORDER: Readonly<Record<Role, number>> = {
  loss: 0,
  metric: 1,
  lr: 2,
  grad_norm: 3,
  step_time: 4,
  other: 5,
  epoch: 6,
};

/** Which charts a run has, in order: losses, metrics, optimizer, then the rest by the prefix of their names. */
export function arrange(series: readonly SeriesState[]): ChartSpec[] {
  const groups = new Map<string, SeriesState[]>();
  for (const one of series) {
    if (one.role === 'epoch') continue;
    const key = `${one.role}/${one.quantity}`;
    const group = groups.get(key);
    if (!group) groups.set(key, [one]);
    else if (!group.some((known) => known.series === one.series)) group.push(one);
  }
  return [...groups]
    .map(([key, group]) => spec(key, group))
    .sort(
      (a, b) =>
        Number(a.section === SYSTEM_SECTION) - Number(b.section === SYSTEM_SECTION) ||
        ORDER[a.role] - ORDER[b.role] ||
        byText(a.section, b.section) ||
        Number(b.title === 'loss') - Number(a.title === 'loss') ||
        byText(a.title, b.title),
    );
}

function spec(key: string, group: readonly SeriesState[]): ChartSpec {
  const { role, quantity, split } = group[0];
  const ordered = [...group].sort(
    (a, b) => splitOrder(a.split) - splitOrder(b.split) || byText(a.series, b.series),
  );
  const taken = new Set<string>();
  return {
    key,
    // A quantity stands for what series have in common; one by itself is best known by the name it was given.
    title: (ordered.length === 1 && split === null ? ordered[0].series : quantity).replace(
      /^(system|sys)[/.]/i,
      '',
    ),
    role,
    section: sectionOf(role, quantity),
    series: ordered.map(({ series, split }) => ({
      name: series,
      split,
      color: colorOf(series, split, taken),
    })),
  };
}

/** What is measured of the machine and not of the training: it stands in a section of its own, the last. */
const SYSTEM = /^(system|sys|gpu|cpu)[/.]/i;
const SYSTEM_SECTION = 'System';

function sectionOf(role: Role, quantity: string): string {
  if (role === 'loss') return 'Loss';
  if (role === 'metric') return 'Metrics';
  if (role === 'step_time' || SYSTEM.test(quantity)) return SYSTEM_SECTION;
  if (role !== 'other') return 'Optimizer';
  const slash = quantity.indexOf('/');
  return slash > 0 ? quantity.slice(0, slash) : 'Other';
}

function splitOrder(split: Split | null): number {
  return split === 'train' ? 0 : split === 'validation' ? 1 : split === 'test' ? 2 : 3;
}

const COLORS = ['--line-1', '--line-2', '--line-3', '--line-4', '--line-5', '--line-6'];

/** A split's own colour; without a split one chosen by the name, the next free where two of a chart would meet. */
function colorOf(series: string, split: Split | null, taken: Set<string>): string {
  const wished = split === null ? COLORS[hash(series) % COLORS.length] : `--line-${split}`;
  let color = wished;
  for (let i = 0; taken.has(color) && i < COLORS.length; i++)
    color = COLORS[(hash(series) + i) % COLORS.length];
  taken.add(color);
  return color;
}

function hash(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) >>> 0;
  return sum;
}
