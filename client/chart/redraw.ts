/** A thing that is drawn when it has changed and can be seen. */
export interface Drawable<Place> {
  /** Where it is drawn. */
  readonly element: Place;
  draw(): void;
}

/**
 * One animation frame loop for everything that is drawn: only what is visible, and at most for `budget` ms a frame.
 * What did not fit waits for the next frame, before what has changed since, so that every chart has its turn.
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

export function createRedraw<Place>(world: RedrawWorld<Place>, budget = 8): Redraw<Place> {
  const visible = new Map<Drawable<Place>, boolean>();
  const unwatch = new Map<Drawable<Place>, () => void>();
  /** In the order in which they were marked. */
  const dirty = new Set<Drawable<Place>>();
  let scheduled = false;

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    world.frame(() => {
      scheduled = false;
      const start = world.now();
      for (const drawable of [...dirty]) {
        if (!visible.get(drawable)) continue;
        if (world.now() - start > budget) return schedule();
        dirty.delete(drawable);
        drawable.draw();
      }
    });
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
