import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openJournal } from './journal.ts';
import { lockFolder } from './lock.ts';
import { runOf, type StoreRecord } from './record.ts';
import { Run } from './run.ts';

/** What the server keeps, and the one way to add to it. */
export interface Store {
  /** Every run, as of the last durable record. */
  readonly runs: ReadonlyMap<string, Run>;
  /** Resolves when the records are durable and visible in `runs`; rejects when none of them is. One call at a time. */
  append(records: readonly StoreRecord[]): Promise<void>;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Told of everything that was put right at the start. */
  readonly warn?: (message: string) => void;
  /** Told of every record kept from before, in order. */
  readonly replay?: (record: StoreRecord) => void;
}

/**
 * Opens the store embedded in one folder, made if it is missing: a lock, and the journal. Points are read from
 * memory, so a server holds 24 bytes of memory for each point it keeps.
 * @throws when another process uses the folder, or when a file of it is damaged
 */
export async function openStore(folder: string, { warn, replay }: StoreOptions = {}): Promise<Store> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(folder);
  const runs = new Map<string, Run>();

  const apply = (record: StoreRecord) => {
    const id = runOf(record);
    let run = runs.get(id);
    if (run === undefined) {
      if (record.kind !== 'hello')
        throw new Error(`journal: run ${id} must have said hello before ${record.kind}`);
      runs.set(id, (run = new Run(record)));
    }
    run.apply(record);
  };

  try {
    const read = (record: StoreRecord) => {
      apply(record);
      replay?.(record);
    };
    const journal = await openJournal(join(folder, 'journal'), read, warn ? { warn } : {});
    return {
      runs,
      async append(records) {
        await journal.append(records);
        for (const record of records) apply(record);
      },
      async close() {
        await journal.close();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}
