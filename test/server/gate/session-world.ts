import type { Intake } from '../../../server/gate/intake.ts';
import { type GateState, Session, type Taken } from '../../../server/gate/session.ts';
import type { Setting } from '../../../server/pipeline/input.ts';
import type { StoreRecord } from '../../../server/store/record.ts';
import { Run } from '../../../server/store/run.ts';
import { LIMITS } from '../../../shared/limits.ts';

export const HELLO = '{"kind":"run","protocol":1,"run":"r","writer":"w"}';

/** What a session knows of the rest of a server, and what makes records durable in it. */
export interface SessionWorld {
  state: GateState & { runs: Map<string, Run> };
  /** Of the configuration, for new runs. */
  settings: Setting[];
  /** Shows lines after a hello to a session of their own. */
  take(...lines: string[]): Taken;
  /** Makes records durable, as the store would. */
  keep(records: readonly StoreRecord[]): void;
}

export function sessionWorld(): SessionWorld {
  const world: SessionWorld = {
    state: {
      limits: LIMITS,
      runs: new Map<string, Run>(),
      intakes: new Map<string, Intake>(),
      now: () => 1_790_000_000,
      settings: () => world.settings,
    },
    settings: [],
    take: (...lines) => new Session(world.state).take([HELLO, ...lines].join('\n')),
    keep: (records) => {
      const { runs } = world.state;
      for (const record of records) {
        if (record.kind === 'hello') runs.set(record.line.run, runs.get(record.line.run) ?? new Run(record));
        runs.get('r')?.apply(record);
      }
    },
  };
  return world;
}

export const tables = (records: readonly StoreRecord[]) =>
  records.flatMap((record) => (record.kind === 'table' ? [record] : []));

export const log = (step: number, seq?: number, values = '{"loss":1}') =>
  `{"kind":"log",${seq === undefined ? '' : `"seq":${seq},`}"step":${step},"values":${values}}`;
