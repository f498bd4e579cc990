import type { ServerFrame } from '../shared/frames.ts';
import type { Monitor } from './monitor.ts';
import { runState } from './run-state.ts';
import type { Source } from './viewer.ts';

/**
 * Makes `update` frames of the monitor's present state, and remembers their texts until it is told to forget: a run that
 * two hundred look at is told of to all of them in the same words.
 */
export function shareUpdates(
  { runs, analyses }: Pick<Monitor, 'runs' | 'analyses'>,
  now: () => number,
): Pick<Source, 'update'> & { forget(): void } {
  const texts = new Map<string, Buffer>();
  return {
    update(changed, findings) {
      const key = `${[...changed].join('\n')}\n\n${[...findings.keys()].join('\n')}`;
      let text = texts.get(key);
      if (text === undefined) {
        const frame: ServerFrame = {
          kind: 'update',
          time: now(),
          runs: [...changed].flatMap((id) => {
            const run = runs.get(id);
            return run ? [runState(run, analyses.get(id))] : [];
          }),
          // A run that was deleted and comes back brings its findings along: a page may have none of them.
          findings: [...findings].flatMap(([id, run]) => runs.get(run)?.findings.get(id) ?? []),
        };
        texts.set(key, (text = Buffer.from(JSON.stringify(frame))));
      }
      return text;
    },
    forget: () => texts.clear(),
  };
}
