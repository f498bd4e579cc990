export type View = 'runs' | 'run' | 'compare' | 'alerts' | 'settings';

/** What the address names: `#/`, `#/run/ID`, `#/compare`, `#/alerts` or `#/settings`, and how it is shown: `?key=value`. */
export interface Address {
  readonly view: View;
  /** Id of the run; null where the view is not of one. */
  readonly run: string | null;
  readonly params: ReadonlyMap<string, string>;
}

export function parseAddress(hash: string): Address {
  const [path, query = ''] = hash.replace(/^#/, '').split('?', 2);
  const params = new Map(new URLSearchParams(query));
  const named = /^\/run\/([^/]+)$/.exec(path)?.[1];
  if (named !== undefined) return { view: 'run', run: decoded(named), params };
  const view = (['compare', 'alerts', 'settings'] as const).find((one) => path === `/${one}`);
  return { view: view ?? 'runs', run: null, params };
}

/** Runs looked at together at most, as the protocol has it. */
export const MOST_RUNS = 50;

/** Ids of the runs whose points it shows. */
export function runsOf({ view, run, params }: Address): string[] {
  if (run !== null) return [run];
  const compared = view === 'compare' ? (params.get('runs') ?? '') : '';
  return [...new Set(compared.split(','))].filter((one) => one !== '').slice(0, MOST_RUNS);
}

export function formatAddress({ view, run, params }: Address): string {
  const path = run !== null ? `/run/${encodeURIComponent(run)}` : view === 'runs' ? '/' : `/${view}`;
  const query = new URLSearchParams([...params]).toString();
  return `#${path}${query && `?${query}`}`;
}

export function runAddress(run: string): string {
  return `#/run/${encodeURIComponent(run)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
