/** A thing that is drawn when it has changed and can be seen. */
export interface Drawable<Place> {
  /** Where it is drawn. */
  readonly element: Place;
  draw(): void;
}

/**
 * One animation frame loop for everything that is drawn: only what is visible, for at most `budget` ms of script a
 * frame. A canvas is painted after the script, where no script can time it; so the frame after a drawing is timed
 * instead, and while frames come late fewer drawables are drawn in each. What did not fit waits for the next frame,
 * before what has changed since, so that every chart has its turn.
 */
export interface Redraw<Place> {
  /** Watches a drawable until `remove`. */
  add(drawable: Drawable<Place>): void;
  remove(drawable: Drawable<Place>): void;
  /** Says that it has changed. */
  mark(drawable: Drawable<Place>): void;
  markAll(): void;
}

export interface RedrawWorld<Place> {
  frame(task: () => void): void;
  /** ms */
  now(): number;
  /** Calls back whenever the element comes into view or leaves it. Returns the end of watching. */
  watch(element: Place, seen: (visible: boolean) => void): () => void;
}

/** A frame that comes later than this, in ms, was held up by what was drawn in the one before. */
const LATE = 40;
/** Drawables of one frame at most. */
const MOST = 64;

export function createRedraw<Place>(world: RedrawWorld<Place>, budget = 8): Redraw<Place> {
  const visible = new Map<Drawable<Place>, boolean>();
  const unwatch = new Map<Drawable<Place>, () => void>();
  /** In the order in which they were marked. */
  const dirty = new Set<Drawable<Place>>();
  let scheduled = false;
  /** Drawables that one frame may draw. */
  let allowance = MOST;
  /** When the frame before this one began, ms; null when it drew nothing. */
  let drewAt: number | null = null;

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    world.frame(turn);
  };
  const turn = (): void => {
    scheduled = false;
    const start = world.now();
    if (drewAt !== null)
      allowance = start - drewAt > LATE ? Math.max(1, allowance >> 1) : Math.min(MOST, allowance + 1);
    let drawn = 0;
    for (const drawable of [...dirty]) {
      if (!visible.get(drawable)) continue;
      // One at least: a frame that drew nothing would not be followed by another.
      if (drawn > 0 && (drawn === allowance || world.now() - start > budget)) break;
      dirty.delete(drawable);
      drawable.draw();
      drawn += 1;
    }
    drewAt = drawn > 0 ? start : null;
    if (drawn > 0) schedule(); // at least to time what was drawn
  };
  const mark = (drawable: Drawable<Place>): void => {
    dirty.add(drawable);
    if (visible.get(drawable)) schedule();
  };

  return {
    mark,
    markAll: () => [...visible.keys()].forEach(mark),
    add: (drawable) => {
      visible.set(drawable, false);
      unwatch.set(
        drawable,
        world.watch(drawable.element, (seen) => {
          visible.set(drawable, seen);
          if (seen && dirty.has(drawable)) schedule();
        }),
      );
      dirty.add(drawable);
    },
    remove: (drawable) => {
      unwatch.get(drawable)?.();
      unwatch.delete(drawable);
      visible.delete(drawable);
      dirty.delete(drawable);
    },
  };
}
