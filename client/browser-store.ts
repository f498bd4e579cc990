import type { Store } from './storage.ts';

/** The browser's store, or one that forgets where the browser refuses it (private windows, blocked cookies). */
export function browserStore(): Store {
  try {
    localStorage.getItem('tidemark');
    return localStorage;
  } catch {
    const kept = new Map<string, string>();
    return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
  }
}
