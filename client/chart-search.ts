import type { ChartSpec } from './charts.ts';

export interface Search {
  readonly specs: readonly ChartSpec[];
  /** Why it is no regular expression; null where it is one. */
  readonly fault: string | null;
}

/**
 * The charts whose title, or the name of one of whose series, a regular expression matches, in any case; all of them
 * where it is none.
 */
export function searchCharts(specs: readonly ChartSpec[], text: string): Search {
  if (text === '') return { specs, fault: null };
  let wanted: RegExp;
  try {
    wanted = new RegExp(text, 'iu');
  } catch (error) {
    const reason = (error as Error).message.split(': ').at(-1) ?? '';
    return { specs, fault: `search: must be a regular expression, got ${text} (${reason.toLowerCase()})` };
  }
  const matches = ({ title, series }: ChartSpec): boolean =>
    wanted.test(title) || series.some(({ name }) => wanted.test(name));
  return { specs: specs.filter(matches), fault: null };
}
