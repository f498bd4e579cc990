import { type ReadonlySignal, signal } from '@preact/signals';

/**
 * The page is opened for its first chart. Until that is drawn and shown, what is not looked at first is put off: most
 * rows of the list of runs, charts further down, findings.
 */
export interface Opening {
  readonly over: ReadonlySignal<boolean>;
  /**
   * Says that runs are known: a chart that never comes is waited for no longer.
   * @param awaited whether one of them may have a chart that is looked at
   */
  known(awaited: boolean): void;
  /** Says that a chart was drawn, with points. */
  drew(): void;
}

/** How long a first chart is waited for once the runs are known, ms. */
const PATIENCE = 400;

/** @param world.shown calls back when what was drawn in this frame is on the screen */
export function createOpening(world: {
  shown(task: () => void): void;
  later(task: () => void, ms: number): void;
}): Opening {
  const over = signal(false);
  let [drawn, known] = [false, false];
  const end = (): void => {
    over.value = true;
  };
  return {
    over,
    known: (awaited) => {
      if (!awaited) end();
      else if (!known) world.later(end, PATIENCE);
      known = true;
    },
    drew: () => {
      if (!drawn) world.shown(end);
      drawn = true;
    },
  };
}
