import { signal, type ReadonlySignal } from '@preact/signals';

/** The run the address names, `#/run/ID`; null on the list of runs. In the hash, so that any server serves it. */
export function createRoute(): ReadonlySignal<string | null> {
  const route = signal(parseRoute(location.hash));
  addEventListener('hashchange', () => (route.value = parseRoute(location.hash)));
  return route;
}

export function parseRoute(hash: string): string | null {
  const named = /^#\/run\/([^/]+)$/.exec(hash)?.[1];
  if (named === undefined) return null;
  try {
    return decodeURIComponent(named);
  } catch {
    return named;
  }
}

export function runAddress(run: string): string {
  return `#/run/${encodeURIComponent(run)}`;
}
