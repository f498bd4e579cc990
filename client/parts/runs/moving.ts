import { useEffect, useRef } from 'preact/hooks';
import type { Row } from '../../runs/arrange.ts';
import { HEAD, ROW } from './sizes.ts';

/** j and k: moves the focus from row to row, and scrolls to where it goes. */
export function useMoving(scroller: { current: HTMLDivElement | null }, rows: readonly Row[]): void {
  const at = useRef(-1);
  /** Moves whose row has not the focus yet: a key held down is faster than frames. */
  const under = useRef(0);
  useEffect(() => {
    const move = (event: Event): void => {
      const focused = document.activeElement?.closest<HTMLElement>('[data-run]')?.dataset.run;
      if (focused !== undefined && under.current === 0)
        at.current = rows.findIndex((row) => row.key === focused);
      const by = (event as CustomEvent<number>).detail;
      let next = at.current + by;
      while (rows.at(next)?.kind === 'group' && next >= 0) next += by;
      const row = rows[next] as Row | undefined;
      if (row?.kind !== 'run') return;
      event.preventDefault();
      at.current = next;
      const element = scroller.current!;
      const top = HEAD + next * ROW;
      if (top - HEAD < element.scrollTop) element.scrollTop = top - HEAD;
      else if (top + ROW > element.scrollTop + element.clientHeight)
        element.scrollTop = top + ROW - element.clientHeight;
      // The row is made by the scroll's own event, a frame later.
      under.current += 1;
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          under.current -= 1;
          if (under.current > 0) return;
          element
            .querySelector<HTMLElement>(`[data-run="${CSS.escape(row.run)}"] .name`)
            ?.focus({ preventScroll: true });
        }),
      );
    };
    document.addEventListener('tidemark:move', move);
    return () => document.removeEventListener('tidemark:move', move);
  }, [rows]);
}
