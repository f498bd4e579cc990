import type { RunEdit } from '../shared/edit.ts';
import type { Fault } from '../shared/errors.ts';
import type { RunState } from '../shared/frames.ts';
import type { Ask } from './api.ts';
import { plural } from './format.ts';
import type { Toasts } from './toasts.ts';

/** What a person does to runs; the server's updates bring what came of it. */
export interface Actions {
  /** Changes one run; resolves with the fault when it cannot be. */
  edit(run: string, change: RunEdit): Promise<Fault | null>;
  /** Changes several, says so, and offers to take it back. @param what as in "Archived 3 runs" */
  editAll(runs: readonly RunState[], change: RunEdit, what: string): Promise<void>;
  remove(runs: readonly RunState[]): Promise<void>;
}

export function createActions(ask: Ask, toasts: Toasts): Actions {
  const edit = async (run: string, change: RunEdit): Promise<Fault | null> => {
    const answer = await ask('PATCH', `runs/${encodeURIComponent(run)}`, change);
    return answer.ok ? null : answer.fault;
  };
  const each = async (
    runs: readonly RunState[],
    act: (run: RunState) => Promise<Fault | null>,
    said: string,
    back: (run: RunState) => RunEdit,
  ): Promise<void> => {
    const faults = await Promise.all(runs.map(act));
    const done = runs.filter((_, i) => faults[i] === null);
    const wrong = faults.find((fault) => fault !== null);
    if (wrong) toasts.say(wrong.message, { wrong: true });
    if (done.length === 0) return;
    toasts.say(`${said} ${done.length === 1 ? `“${done[0].name}”` : plural(done.length, 'run')}`, {
      undo: () => void Promise.all(done.map((run) => edit(run.run, back(run)))),
    });
  };
  return {
    edit,
    editAll: (runs, change, what) =>
      each(
        runs,
        ({ run }) => edit(run, change),
        what,
        (run) => Object.fromEntries(Object.keys(change).map((key) => [key, run[key as keyof RunState]])),
      ),
    remove: (runs) =>
      each(
        runs,
        async ({ run }) => {
          const answer = await ask('DELETE', `runs/${encodeURIComponent(run)}`);
          return answer.ok ? null : answer.fault;
        },
        'Deleted',
        () => ({ deleted: false }),
      ),
  };
}
