import { fault, type Fault } from '../shared/errors.ts';
import type { Monitor } from './monitor.ts';
import type { StoreRecord } from './store/record.ts';

/** Keeps what a person asked for: resolves when the records are durable, with the fault when they cannot be kept. */
export function keep(
  monitor: Pick<Monitor, 'accept'>,
  records: readonly StoreRecord[],
): Promise<Fault | null> {
  return new Promise((resolve) =>
    monitor.accept(records, (error) => resolve(error && fault('store-failed'))),
  );
}
