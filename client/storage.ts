/** What the page keeps in the browser across reloads: small settings, and which findings were dismissed or read. */
export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** The names kept under `key`, oldest first. Unreadable content counts as none. */
export function readNames(store: Store, key: string): string[] {
  try {
    const names: unknown = JSON.parse(store.getItem(key) ?? '[]');
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}

/** Keeps the newest `limit` of `names` under `key`; a full store is no reason to fail. */
export function writeNames(store: Store, key: string, names: Iterable<string>, limit = 2000): void {
  try {
    store.setItem(key, JSON.stringify([...names].slice(-limit)));
  } catch {
    // The store is full: what was dismissed comes back at the next reload, and nothing else is lost.
  }
}
