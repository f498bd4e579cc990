import { effect, signal, type Signal } from '@preact/signals';
import type { Store } from './storage.ts';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'tidemark.theme';

/** Light, dark, or as the system has it; kept across reloads. @param repaint called when colours have changed */
export function createTheme(store: Store, repaint: () => void): Signal<Theme> {
  const kept = store.getItem(KEY);
  const theme = signal<Theme>(kept === 'light' || kept === 'dark' ? kept : 'system');
  effect(() => {
    const root = document.documentElement;
    if (theme.value === 'system') delete root.dataset.theme;
    else root.dataset.theme = theme.value;
    store.setItem(KEY, theme.value);
    repaint();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);
  return theme;
}
