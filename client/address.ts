import { computed, signal, type ReadonlySignal } from '@preact/signals';

export type View = 'runs' | 'run' | 'compare' | 'alerts' | 'settings';

/** What the address names: `#/`, `#/run/ID`, `#/compare`, `#/alerts` or `#/settings`, and how it is shown: `?key=value`. */
export interface Address {
  readonly view: View;
  /** Id of the run; null where the view is not of one. */
  readonly run: string | null;
  readonly params: ReadonlyMap<string, string>;
}

/** The whole state of the view, in the address: a link shows what its sender saw. In the hash, so that any server serves it. */
export interface Location {
  readonly address: ReadonlySignal<Address>;
  /** Id of the run that is looked at. */
  readonly route: ReadonlySignal<string | null>;
  /** A part of how it is shown; '' where it is not said. */
  param(name: string): string;
  /** Changes parts of how it is shown, without a step back; null or '' takes one away. */
  show(parts: Readonly<Record<string, string | null>>): void;
}

export function createLocation(): Location {
  const address = signal(parseAddress(location.hash));
  addEventListener('hashchange', () => (address.value = parseAddress(location.hash)));
  return {
    address,
    route: computed(() => address.value.run),
    param: (name) => address.value.params.get(name) ?? '',
    show: (parts) => {
      const params = new Map(address.peek().params);
      for (const [name, value] of Object.entries(parts)) {
        if (value === null || value === '') params.delete(name);
        else params.set(name, value);
      }
      const changed = { ...address.peek(), params };
      history.replaceState(null, '', formatAddress(changed));
      address.value = changed;
    },
  };
}

export function parseAddress(hash: string): Address {
  const [path, query = ''] = hash.replace(/^#/, '').split('?', 2);
  const params = new Map(new URLSearchParams(query));
  const named = /^\/run\/([^/]+)$/.exec(path)?.[1];
  if (named !== undefined) return { view: 'run', run: decoded(named), params };
  const view = (['compare', 'alerts', 'settings'] as const).find((one) => path === `/${one}`);
  return { view: view ?? 'runs', run: null, params };
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
