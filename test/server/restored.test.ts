import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../server/pipeline/pipeline.ts';
import { Restored } from '../../server/restored.ts';
import type { StoreRecord } from '../../server/store/record.ts';
import { helloRecord, tableOf, tableRecord } from '../support/tables.ts';

const table = (at: number) => tableRecord(tableOf([at], { firstStep: at }), at + 1);
const analysis = (verdict: string) => ({ run: 'r', verdict, state: null }) as unknown as Analysis;
const checkpoint = (inputs: number, verdict: string): StoreRecord => ({
  kind: 'checkpoint',
  run: 'r',
  inputs,
  analysis: analysis(verdict),
});

describe('where a run’s pipeline stood', () => {
  it('is its last checkpoint, and what came after the inputs that this had seen is pending', () => {
    const restored = new Restored();
    for (const record of [helloRecord(), table(0), table(1), table(2), checkpoint(2, 'two'), table(3)])
      restored.add(record);
    expect(restored.analyses.get('r')?.verdict).toBe('two');
    expect(restored.pending).toEqual([table(2), table(3)]);
  });

  it('is what was sealed, where a checkpoint in the journal is older than that', () => {
    // The detectors were behind: the segment was sealed up to its end when their checkpoint came to the next one.
    const restored = new Restored(() => ({ inputs: 5, analysis: analysis('sealed') }));
    for (const record of [table(5), checkpoint(3, 'older'), table(6)]) restored.add(record);
    expect(restored.analyses.get('r')?.verdict).toBe('sealed');
    expect(restored.pending).toEqual([table(5), table(6)]);
  });
});
