/** A thing that is drawn when it has changed and can be seen. */
export interface Drawable<Place> {
  /** Where it is drawn. */
  readonly element: Place;
  /** It is drawn at most so often, ms; left out: at every frame. */
  readonly pace?: number;
  draw(): void;
}

/**
 * One animation frame loop for everything that is drawn: only what is visible, for at most `budget` ms of script a
 * frame. What is drawn is laid out and painted after the script: where that takes long, fewer drawables are drawn in the
 * next frames. Only that is timed, and not when the next frame comes, for frames are late for many reasons, and drawing
 * less helps against one of them. What did not fit waits for the next frame, before what has changed since, so that
 * every chart has its turn; and what has waited for `OVERDUE` has it whatever was allowed. What is drawn before a frame,
 * by `now` or `ahead`, is bounded the same way and painted in that frame.
 */
export interface Redraw<Place> {
  /** Watches a drawable until `remove`. @param seen whether it is taken to be visible until it is known */
  add(drawable: Drawable<Place>, seen?: boolean): void;
  remove(drawable: Drawable<Place>): void;
  /** Says that it has changed. */
  mark(drawable: Drawable<Place>): void;
  markAll(): void;
  /** Draws what one frame may at once, without waiting for it. */
  now(): void;
  /** The same, unless what was so drawn before is still to be painted: what changed is in the next frame in any case. */
  ahead(): void;
}

export interface RedrawWorld<Place> {
  frame(task: () => void): void;
  later(task: () => void, ms: number): void;
  /** Calls back once the frame that is being made has been laid out and painted. */
  painted(task: () => void): void;
  /** ms */
  now(): number;
  /** Calls back whenever the element comes into view or leaves it. Returns the end of watching. */
  watch(element: Place, seen: (visible: boolean) => void): () => void;
}

/** Layout and painting that take longer than this, in ms, were of too much that was drawn. */
const LONG = 20;
/** What has changed is drawn after so many ms, */
const OVERDUE = 300;
/** as long as this many budgets last. */
const BUDGETS = 3;
/** Drawables of one frame at most, */
const MOST = 64;
/** and, where painting takes long: fewer would keep whoever watches waiting, and the budget bounds them as well. */
const LEAST = 6;

export function createRedraw<Place>(world: RedrawWorld<Place>, budget = 8): Redraw<Place> {
  const visible = new Map<Drawable<Place>, boolean>();
  const unwatch = new Map<Drawable<Place>, () => void>();
  /** When each was marked, ms, in that order. */
  const dirty = new Map<Drawable<Place>, number>();
  /** When those that have a pace were drawn last, ms. */
  const drawnAt = new WeakMap<Drawable<Place>, number>();
  let scheduled = false;
  /** When a frame is asked for next by itself, ms. */
  let wakes = Infinity;
  /** Whether something was drawn before its frame, in which it is painted. */
  let unpainted = false;
  /** Drawables that one frame may draw. */
  let allowance = MOST;

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    world.frame(frame);
  };
  /** No frames while nothing is due: an empty one has the browser do all but paint. */
  const wake = (at: number): void => {
    if (at >= wakes) return;
    wakes = at;
    world.later(() => {
      wakes = Infinity;
      schedule();
    }, at - world.now());
  };
  const frame = (): void => {
    scheduled = false;
    if (!turn() && !unpainted) return;
    unpainted = false;
    const end = world.now();
    world.painted(() => {
      allowance = world.now() - end > LONG ? Math.max(LEAST, allowance >> 1) : Math.min(MOST, allowance + 1);
    });
  };
  const now = (): void => {
    if (!turn()) return;
    unpainted = true;
    schedule();
  };
  /** Draws as much as one frame may; whether that was anything. */
  const turn = (): boolean => {
    const start = world.now();
    let drawn = 0;
    let waiting = false;
    let next = Infinity;
    for (const [drawable, marked] of [...dirty]) {
      if (!visible.get(drawable)) continue;
      const spent = world.now() - start;
      const fits = spent <= budget && drawn < allowance;
      const overdue = start - marked > OVERDUE && spent <= BUDGETS * budget;
      const due = (drawnAt.get(drawable) ?? -Infinity) + (drawable.pace ?? 0);
      if (due > start) {
        next = Math.min(next, due);
        continue;
      }
      // One at least: the machine may be so slow that nothing ever fits.
      if (!(fits || overdue || drawn === 0)) {
        waiting = true;
        continue;
      }
      dirty.delete(drawable);
      if (drawable.pace !== undefined) drawnAt.set(drawable, start);
      drawable.draw();
      drawn += 1;
    }
    if (waiting) schedule();
    else if (next < Infinity) wake(next);
    return drawn > 0;
  };
  const mark = (drawable: Drawable<Place>): void => {
    if (!dirty.has(drawable)) dirty.set(drawable, world.now());
    if (visible.get(drawable)) schedule();
  };

  return {
    mark,
    markAll: () => [...visible.keys()].forEach(mark),
    now,
    ahead: () => {
      if (!unpainted) now();
    },
    add: (drawable, seen = false) => {
      visible.set(drawable, seen);
      unwatch.set(
        drawable,
        world.watch(drawable.element, (now) => {
          visible.set(drawable, now);
          if (now && dirty.has(drawable)) schedule();
        }),
      );
      dirty.set(drawable, world.now());
      if (seen) schedule();
    },
    remove: (drawable) => {
      unwatch.get(drawable)?.();
      unwatch.delete(drawable);
      visible.delete(drawable);
      dirty.delete(drawable);
    },
  };
}
