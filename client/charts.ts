import type { SeriesState } from '../shared/frames.ts';
import type { Role, Split } from '../shared/lines.ts';
import { colorAt, colorOf } from './line-colors.ts';
import { unitOf } from './system-units.ts';
import { byText } from './text-order.ts';

/** One chart: the series of one quantity, train and validation together. */
export interface ChartSpec {
  /** Unique within the run, and stable. */
  readonly key: string;
  readonly title: string;
  /** Of its values; empty where it is not known. */
  readonly unit: string;
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
  /** Whether several ranks log it: each has a colour of its own, the same in every chart. */
  readonly ranked: boolean;
  /** Whether it is the least or the greatest of what another line of the chart is the mean of. */
  readonly bound: boolean;
}

/** How a line of a series is drawn: the CSS variable of its colour, and whether it is thin. */
export function strokeOf(
  { color, split, ranked, bound }: ChartSeries,
  rank: number,
): { readonly color: string; readonly thin: boolean } {
  const thin = split === 'train' || bound || (ranked && split === null);
  return { color: ranked ? colorAt(rank) : color, thin };
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
  const ranked = new Set<string>();
  for (const one of series) {
    if (one.role === 'epoch') continue;
    const key = `${one.role}/${one.quantity}`;
    const group = groups.get(key);
    if (!group) groups.set(key, [one]);
    else if (group.some((known) => known.series === one.series)) ranked.add(one.series);
    else group.push(one);
  }
  return [...groups]
    .map(([key, group]) => spec(key, group, ranked))
    .sort(
      (a, b) =>
        Number(a.section === SYSTEM_SECTION) - Number(b.section === SYSTEM_SECTION) ||
        ORDER[a.role] - ORDER[b.role] ||
        byText(a.section, b.section) ||
        Number(b.title === 'loss') - Number(a.title === 'loss') ||
        byText(a.title, b.title),
    );
}

/** @param ranked series that several ranks log */
function spec(key: string, group: readonly SeriesState[], ranked: ReadonlySet<string>): ChartSpec {
  const { role, quantity, split } = group[0];
  const ordered = [...group].sort(
    (a, b) => splitOrder(a.split) - splitOrder(b.split) || byText(a.series, b.series),
  );
  const taken = new Set<string>();
  const means = new Map<string, string>();
  for (const { series, split } of ordered)
    if (series.endsWith(MEAN)) means.set(series.slice(0, -MEAN.length), colorOf(series, split, taken));
  return {
    key,
    // A quantity stands for what series have in common; one by itself is best known by the name it was given.
    title: (ordered.length === 1 && split === null ? ordered[0].series : quantity).replace(
      /^(system|sys)[/.]/i,
      '',
    ),
    unit: unitOf(ordered[0].series),
    role,
    section: sectionOf(role, quantity),
    series: ordered.map(({ series, split }) => {
      const mean = means.get(series.replace(STATISTIC, ''));
      return {
        name: series,
        split,
        // What a window comes to is one thing: its mean, and thinner what bounds it.
        color: mean ?? colorOf(series, split, taken),
        ranked: ranked.has(series),
        bound: mean !== undefined && !series.endsWith(MEAN),
      };
    }),
  };
}

const MEAN = '.mean';
const STATISTIC = /\.(min|mean|max)$/;

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
