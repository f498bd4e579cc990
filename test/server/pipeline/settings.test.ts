import { from, lastValueFrom, toArray } from 'rxjs';
import { deserialize, serialize } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { analyse, type Analysis } from '../../../server/pipeline/pipeline.ts';
import type { PipelineInput, Setting } from '../../../server/pipeline/input.ts';
import { tableOf } from './tables.ts';

const nan = (count: number, start = 0): PipelineInput => {
  const rows = Array.from({ length: count }, (_, i) => ({
    step: start + i,
    values: { loss: start + i < 3 ? 1 : NaN },
  }));
  return { kind: 'table', run: 'run', table: tableOf(rows, { run: 'run' }) };
};
const set = (setting: Setting): PipelineInput => ({ kind: 'setting', run: 'run', setting });
const analysesOf = (
  inputs: readonly PipelineInput[],
  ...given: Parameters<typeof analyse>
): Promise<Analysis[]> => lastValueFrom(from(inputs).pipe(analyse(...given), toArray()));

describe('a detector that is set', () => {
  test('off says nothing', async () => {
    const analyses = await analysesOf([set({ detector: 'non-finite', enabled: false }), nan(10)]);
    expect(analyses.flatMap(({ findings }) => findings)).toEqual([]);
  });

  test('off later resolves what it had said, and speaks again when it is on again', async () => {
    const [, , off, , on, later] = await analysesOf([
      nan(5),
      nan(1, 5),
      set({ detector: 'non-finite', enabled: false }),
      nan(1, 6),
      set({ detector: 'non-finite', enabled: true }),
      nan(1, 7),
    ]);
    expect(off.findings).toMatchObject([{ detector: 'non-finite', status: 'resolved' }]);
    expect(on.findings).toEqual([]);
    expect(later.findings).toMatchObject([{ detector: 'non-finite', status: 'open', from: 7 }]);
  });

  test('to another parameter goes by it, and by those before it where they are left out', async () => {
    const gradients = (count: number, start: number): PipelineInput => {
      const rows = Array.from({ length: count }, (_, i) => ({
        step: start + i,
        values: { grad_norm: start + i < 3 ? 1 : NaN },
      }));
      return { kind: 'table', run: 'run', table: tableOf(rows, { run: 'run' }) };
    };
    const said = async (...inputs: PipelineInput[]) =>
      (await analysesOf(inputs)).flatMap(({ findings }) => findings.map(({ step }) => step));
    const patience = (value: number) => set({ detector: 'non-finite', parameters: { patience: value } });
    expect(await said(gradients(12, 0))).toEqual([5]);
    expect(await said(patience(6), gradients(12, 0))).toEqual([8]);
    const recovery = set({ detector: 'non-finite', parameters: { recovery: 9 } });
    expect(await said(patience(6), recovery, gradients(12, 0))).toEqual([8]);
  });

  test('after the run’s end leaves the run ended', async () => {
    const end: PipelineInput = { kind: 'end', run: 'run', status: 'finished' };
    const rows = Array.from({ length: 60 }, (_, step) => ({
      step,
      values: { loss: 2 * (step + 1) ** -0.5 },
    }));
    const points: PipelineInput = { kind: 'table', run: 'run', table: tableOf(rows, { run: 'run' }) };
    const [, ended, after] = await analysesOf([points, end, set({ detector: 'gap', enabled: false })]);
    expect(ended.verdict).toMatch(/^Ended/);
    expect(after.verdict).toBe(ended.verdict);
  });

  test('stays set after a restart', async () => {
    const [before] = await analysesOf([set({ detector: 'non-finite', enabled: false })]);
    const state: unknown = deserialize(serialize(before.state));
    const [after] = await analysesOf([nan(10)], new Map([['run', state]]));
    expect(after.findings).toEqual([]);
  });
});
