import type uPlot from 'uplot';

/** What fingers say of a plot. */
export interface TouchEvents {
  /** Something was dragged over: it is the plot's selection. */
  readonly select: () => void;
  readonly doubleTap: () => void;
}

/** Moved less than this, in CSS pixels, a finger has tapped. */
const DRAG = 10;
/** Two taps within so many ms, and so near each other, are one double tap. */
const SOON = 350;
const NEAR = 30;

/**
 * Lets one finger select as a mouse does: dragged along the plot, a stretch; tapped twice, everything. Dragged up or
 * down it scrolls the page, which the style leaves to the browser (`touch-action: pan-y`): then the pointer is cancelled.
 */
export function listenToTouch(plot: uPlot, on: TouchEvents): void {
  const { over } = plot;
  let finger: { readonly id: number; readonly from: number } | null = null;
  let tapped = { at: -Infinity, x: 0, y: 0 };

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
    if (dragged) {
      on.select();
      return;
    }
    const { timeStamp: at, clientX: x, clientY: y } = event;
    const again = at - tapped.at < SOON && Math.hypot(x - tapped.x, y - tapped.y) < NEAR;
    tapped = { at: again ? -Infinity : at, x, y };
    if (again) on.doubleTap();
  });
  over.addEventListener('pointercancel', (event) => {
    if (finger?.id !== event.pointerId) return;
    finger = null;
    show(0, 0);
  });
}
