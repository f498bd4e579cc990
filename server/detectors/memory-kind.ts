import { sampleOf } from './sample.ts';

/** What memory a series is of, and whether it is in percent of a limit. */
export interface Kind {
  readonly of: 'machine' | 'shm' | 'gpu' | 'process';
  /** At the start of a sentence. */
  readonly name: string;
  readonly unit: '%' | 'GiB';
  readonly asks: 'full' | 'leak';
}

/** null: the series is not of memory, or its twin tells the same. */
export function kindOf(series: string): Kind | null {
  const sample = sampleOf(series);
  if (sample === null) return null;
  const { gpu, quantity, statistic } = sample;
  const asks = statistic === 'max' ? 'full' : statistic === 'mean' ? 'leak' : null;
  if (asks === null) return null;
  if (gpu !== null)
    return quantity === 'memory' ? { of: 'gpu', name: `Memory of GPU ${gpu}`, unit: '%', asks } : null;
  if (quantity === 'memory') return { of: 'machine', name: 'The machine’s memory', unit: '%', asks };
  if (quantity === 'shm' && asks === 'full')
    return { of: 'shm', name: 'Shared memory (/dev/shm)', unit: '%', asks };
  if (quantity === 'process_memory' && asks === 'leak')
    return { of: 'process', name: 'The process’ memory', unit: 'GiB', asks };
  return null;
}
