import { signal, type ReadonlySignal } from '@preact/signals';

/** One line that tells what was done, and may take it back. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly wrong: boolean;
  readonly undo: (() => void) | null;
}

export interface Toasts {
  readonly shown: ReadonlySignal<readonly Toast[]>;
  say(text: string, more?: { wrong?: boolean; undo?: () => void }): void;
  dismiss(id: number): void;
}

/** How long a line stays, ms; one that can be taken back stays longer. */
const STAYS = 6_000;
const STAYS_WITH_UNDO = 20_000;

export function createToasts(later: (task: () => void, ms: number) => void): Toasts {
  const shown = signal<readonly Toast[]>([]);
  let count = 0;
  const dismiss = (id: number): void => {
    shown.value = shown.value.filter((toast) => toast.id !== id);
  };
  return {
    shown,
    dismiss,
    say: (text, { wrong = false, undo } = {}) => {
      const id = ++count;
      shown.value = [...shown.value.slice(-3), { id, text, wrong, undo: undo ?? null }];
      later(() => dismiss(id), undo ? STAYS_WITH_UNDO : STAYS);
    },
  };
}
