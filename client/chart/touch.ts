import type uPlot from 'uplot';

/** Moved less than this, in CSS pixels, a finger has tapped. */
const DRAG = 10;

/**
 * Lets one finger select as a mouse does. Dragged up or down it scrolls the page, which the style leaves to the browser
 * (`touch-action: pan-y`): then the pointer is cancelled. Taps are the browser's: it makes clicks and double clicks of them.
 * @param select something was dragged over: it is the plot's selection
 */
export function listenToTouch(plot: uPlot, select: () => void): void {
  const { over } = plot;
  let finger: { readonly id: number; readonly from: number } | null = null;

  const placeOf = ({ clientX }: PointerEvent): number => {
    const { left, width } = over.getBoundingClientRect();
    return Math.max(0, Math.min(width, clientX - left));
  };
  const show = (left: number, width: number): void => {
    const height = width > 0 ? over.clientHeight : 0;
    plot.setSelect({ left, top: 0, width, height }, false);
  };
  over.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'touch') return;
    if (finger !== null) show(0, 0); // a second one: whoever pinches selects nothing
    finger = finger === null ? { id: event.pointerId, from: placeOf(event) } : null;
  });
  over.addEventListener('pointermove', (event) => {
    if (finger?.id !== event.pointerId) return;
    const to = placeOf(event);
    const width = Math.abs(to - finger.from);
    if (width >= DRAG) show(Math.min(to, finger.from), width);
  });
  over.addEventListener('pointerup', (event) => {
    if (finger?.id !== event.pointerId) return;
    const dragged = Math.abs(placeOf(event) - finger.from) >= DRAG;
    finger = null;
    if (dragged) select();
    else show(0, 0); // dragged and taken back
  });
  over.addEventListener('pointercancel', (event) => {
    if (finger?.id !== event.pointerId) return;
    finger = null;
    show(0, 0);
  });
}
