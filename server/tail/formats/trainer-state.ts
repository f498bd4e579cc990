import { Damaged, NoLog, type Reader } from '../entry.ts';
import { isStep } from './cell.ts';
import { parseJson } from './json.ts';

/** What every Trainer's state says of its run, beside the history. */
const SETTINGS = [
  'max_steps',
  'num_train_epochs',
  'train_batch_size',
  'logging_steps',
  'eval_steps',
  'save_steps',
];

/**
 * Reads the `trainer_state.json` of Hugging Face's Trainer, which is written whole at every save: its `log_history`,
 * under the names that the Trainer gives its own loggers (`train/loss`, `eval/loss`). The means of the whole training
 * at the end of the history are no points and are left out. A training that has come to `max_steps` is over.
 */
export function trainerStateReader(): Reader {
  return {
    read(bytes, take, last) {
      if (!last) return 0;
      const state = parseJson(bytes.toString('utf8'));
      if (typeof state !== 'object' || state === null) throw new Damaged('the file is not whole JSON');
      const { log_history: history, global_step: step, max_steps: most } = state as Record<string, unknown>;
      if (!Array.isArray(history)) throw new NoLog('log_history: must be a list');
      const given = SETTINGS.map((name) => [name, (state as Record<string, unknown>)[name]] as const);
      const config = Object.fromEntries(given.filter(([, value]) => typeof value === 'number' && value > 0));
      take({ kind: 'about', config });
      for (const logged of history as unknown[]) {
        if (typeof logged !== 'object' || logged === null || 'train_runtime' in logged) continue;
        const { step: at, epoch, ...rest } = logged as Record<string, unknown>;
        if (!isStep(at as number)) continue;
        const values: Record<string, number> = {};
        for (const [key, value] of Object.entries(rest)) {
          const number = typeof value === 'string' ? Number(value) : value;
          if (typeof number === 'number') values[seriesOf(key)] = number;
        }
        if (Object.keys(values).length === 0) continue;
        take({
          kind: 'log',
          step: at as number,
          values,
          ...(typeof epoch === 'number' && epoch >= 0 && { epoch }),
        });
      }
      if (typeof step === 'number' && typeof most === 'number' && most > 0 && step >= most)
        take({ kind: 'end', status: 'finished' });
      return bytes.length;
    },
  };
}

function seriesOf(key: string): string {
  const split = /^(eval|test)_(.+)$/.exec(key);
  return split ? `${split[1]}/${split[2]}` : `train/${key}`;
}
