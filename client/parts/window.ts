import { useSignal, type ReadonlySignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/** Rows made above and below what is seen, so that scrolling does not outrun them. */
const MARGIN = 8;

export interface Seen {
  readonly from: number;
  /** One past the last. */
  readonly to: number;
}

/**
 * Which of `count` equally high rows can be seen, as their scroller is scrolled and sized. It changes by eights, so
 * that most of a scroll makes nothing anew.
 * @param height of a row, in CSS pixels. @param offset of the first row from the scroller's top
 */
export function useWindow(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  height: number,
  offset: number,
): ReadonlySignal<Seen> {
  const seen = useSignal<Seen>({ from: 0, to: 40 });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = (): void => {
      const first = Math.floor(Math.max(0, element.scrollTop - offset) / height);
      const rows = Math.ceil(element.clientHeight / height);
      const from = Math.max(0, Math.floor((first - MARGIN) / MARGIN) * MARGIN);
      const to = Math.min(count, Math.ceil((first + rows + MARGIN) / MARGIN) * MARGIN);
      if (seen.peek().from !== from || seen.peek().to !== to) seen.value = { from, to };
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    const sized = new ResizeObserver(look);
    sized.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      sized.disconnect();
    };
  }, [count, height, offset]);
  return seen;
}
