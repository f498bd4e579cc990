import type { ChartSpec } from './charts.ts';
import type { Store } from './storage.ts';

export type ChartSize = 's' | 'm' | 'l';
export const SIZES: readonly ChartSize[] = ['s', 'm', 'l'];

/** How someone has arranged the charts of a project, kept in the browser. */
export interface Arrangement {
  /** Keys of charts that stand first, in their order. */
  readonly pinned: readonly string[];
  /** Keys of charts that were moved, and of those beside them; charts that are not in it come after. */
  readonly order: readonly string[];
  readonly size: ChartSize;
}

export const UNARRANGED: Arrangement = { pinned: [], order: [], size: 'm' };
/** Heading of the charts that stand first. */
export const PINNED = 'Pinned';

/** Charts under their headings: pinned ones first, each heading's own in the order they were moved to. */
export function arranged(
  specs: readonly ChartSpec[],
  { pinned, order }: Arrangement,
): [heading: string, specs: ChartSpec[]][] {
  const sections = new Map<string, ChartSpec[]>();
  const first = pinned.flatMap((key) => specs.find((spec) => spec.key === key) ?? []);
  if (first.length > 0) sections.set(PINNED, first);
  for (const spec of specs) {
    if (pinned.includes(spec.key)) continue;
    const section = sections.get(spec.section);
    if (section) section.push(spec);
    else sections.set(spec.section, [spec]);
  }
  const place = ({ key }: ChartSpec): number => {
    const at = order.indexOf(key);
    return at < 0 ? order.length : at;
  };
  for (const [heading, of] of sections) if (heading !== PINNED) of.sort((a, b) => place(a) - place(b));
  return [...sections];
}

/** Pins a chart, behind those that are pinned, or lets go of it. */
export function pinned(arrangement: Arrangement, key: string): Arrangement {
  const { pinned: before } = arrangement;
  const without = before.filter((one) => one !== key);
  return { ...arrangement, pinned: without.length < before.length ? without : [...before, key] };
}

/**
 * Moves a chart to the place of another under the same heading.
 * @param keys of the charts under the heading, as they stand
 */
export function moved(
  arrangement: Arrangement,
  keys: readonly string[],
  key: string,
  to: number,
): Arrangement {
  if (!keys.includes(key)) return arrangement;
  const changed = keys.filter((one) => one !== key);
  changed.splice(Math.max(0, Math.min(changed.length, to)), 0, key);
  if (arrangement.pinned.includes(key)) {
    const absent = arrangement.pinned.filter((one) => !keys.includes(one)); // of other runs of the project
    return { ...arrangement, pinned: [...changed, ...absent] };
  }
  return { ...arrangement, order: [...arrangement.order.filter((one) => !keys.includes(one)), ...changed] };
}

const keyOf = (project: string): string => `tidemark.charts.${project}`;

/** What is kept of a project; what cannot be read counts as nothing. */
export function readArrangement(store: Store, project: string): Arrangement {
  try {
    const kept = JSON.parse(store.getItem(keyOf(project)) ?? '{}') as Partial<Arrangement>;
    const names = (list: unknown): string[] =>
      Array.isArray(list) ? list.filter((name) => typeof name === 'string') : [];
    const size = SIZES.find((one) => one === kept.size) ?? 'm';
    return { pinned: names(kept.pinned), order: names(kept.order), size };
  } catch {
    return UNARRANGED;
  }
}

/** Keeps it; a full store is no reason to fail. */
export function writeArrangement(store: Store, project: string, arrangement: Arrangement): void {
  try {
    store.setItem(keyOf(project), JSON.stringify(arrangement));
  } catch {
    // The store is full: the arrangement holds until the page is closed.
  }
}
