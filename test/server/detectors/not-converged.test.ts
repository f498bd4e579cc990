import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { notConverged } from '../../../server/detectors/not-converged.ts';
import type { PipelineInput } from '../../../server/pipeline/input.ts';
import { analyse } from '../../../server/pipeline/pipeline.ts';
import { tableOf } from '../pipeline/tables.ts';
import { expectMarbles, rowsOf } from './marbles.ts';
import { healthy, normal } from './streams.ts';
import { lives, told } from './told.ts';

/** A fall that begins slowly and goes on: 3 to 1 along an S that is half-way at `half`. */
function slow(length: number, half: number, noise = 0.002): number[] {
  const next = normal(4);
  return Array.from({ length }, (_, i) => 1 + 2 / (1 + (i / half) ** 2) + noise * next());
}

function input(values: readonly number[], start: number): PipelineInput {
  const table = tableOf(values.map((value, i) => ({ step: start + i, values: { loss: value } })));
  return { kind: 'table', run: 'run', table };
}

describe('not-converged', () => {
  test('is silent while the run goes on', () => {
    expectMarbles(notConverged(), 'a-a-a|', { a: rowsOf('loss', slow(50, 25)) }, 'n-n-n|');
  });

  test('says at the end what a power law would still gain in twice the time, as a remark', async () => {
    const values = Array.from({ length: 400 }, (_, i) => 4 * (i + 1) ** -0.3);
    const { findings } = await told(notConverged(), { loss: values });
    expect(lives(findings)).toEqual(['open@399 from 160 info']);
    expect(findings[0].evidence['level at the end']).toBeCloseTo(4 * 360 ** -0.3, 2);
    const expected = findings[0].evidence['expected after twice as many steps'];
    expect(Math.abs(Number(expected) - 4 * 720 ** -0.3)).toBeLessThan(0.01);
    expect(findings[0].advice[0]).toMatch(/^Train longer/);
  });

  test('warns that the learning rate may be too low when the loss came down slowly', async () => {
    const { findings, last } = await told(notConverged(), { loss: slow(200, 100) });
    expect(lives(findings)).toEqual(['open@199 from 80 warning']);
    expect(findings[0].advice[0]).toMatch(/^Raise the learning rate/);
    expect(last.verdict).toBe('Not converged: the learning rate may be too low, raise it by 3 to 10 times');
  });

  test('does not call a rate too low that a schedule has used up', async () => {
    const values = slow(200, 100);
    const lr = values.map((_, i) => 0.1 * (1 + Math.cos((Math.PI * i) / 200)));
    const { findings } = await told(notConverged(), { loss: values, lr });
    expect(lives(findings)).toEqual(['open@199 from 80 info']);
    expect(findings[0].advice[0]).toContain('schedule');
  });

  test('judges an accuracy where there is no loss', async () => {
    const { findings } = await told(notConverged(), {
      train_acc: slow(200, 100).map((value) => 1 - value / 3),
      val_acc: slow(200, 100).map((value) => 1 - value / 3),
    });
    expect(lives(findings)).toEqual(['open@199 from 80 warning']);
    expect(findings[0].title).toContain('was still rising');
  });

  test('is silent about a loss that has converged, is too noisy to tell, or never moved', async () => {
    const next = normal(2);
    const flat = Array.from({ length: 300 }, (_, i) => 1 + 2 * Math.exp(-i / 20) + 0.01 * next());
    expect((await told(notConverged(), { loss: flat })).findings).toEqual([]);
    expect((await told(notConverged(), { loss: healthy(300, { noise: 0.5 }) })).findings).toEqual([]);
    const still = Array.from({ length: 300 }, (_, i) => 2.3 - 1e-6 * i);
    expect((await told(notConverged(), { loss: still })).findings).toEqual([]);
    expect((await told(notConverged(), { loss: slow(19, 10) })).findings).toEqual([]);
  });

  test('does not call a rate too low in a run that comes back from above its first value', async () => {
    const loss = Array.from({ length: 200 }, (_, i) => (i === 0 ? 4 : 40 * 0.975 ** i + 2));
    const { findings } = await told(notConverged(), { loss });
    expect(findings.map(({ severity }) => severity)).not.toContain('warning');
  });

  test('expects no loss below zero of a loss that has never been there', async () => {
    const loss = Array.from({ length: 200 }, (_, i) => 2 - i / 110);
    const { findings } = await told(notConverged(), { loss });
    expect(findings[0].evidence['expected after twice as many steps']).toBeGreaterThan(0);
  });

  test('takes it back when the run is resumed, and says it anew at the next end', async () => {
    const values = slow(300, 200);
    const end: PipelineInput = { kind: 'end', run: 'run', status: 'finished' };
    const inputs = [input(values.slice(0, 200), 0), end, input(values.slice(200), 200), end];
    const analyses = await lastValueFrom(from(inputs).pipe(analyse(undefined, [notConverged()]), toArray()));
    expect(analyses.map(({ findings }) => findings.map(({ status }) => status))).toEqual([
      [],
      ['open'],
      ['resolved'],
      ['open'],
    ]);
  });

  test('goes by validation where the noise of batches hides the fall, and only remarks', async () => {
    const next = normal(5);
    const val_loss = Array.from({ length: 40 }, (_, i) => 1.05 - 0.006 * i);
    const loss = val_loss.map((value) => value + 0.3 * next());
    const { findings } = await told(notConverged(), { loss, val_loss });
    expect(lives(findings)).toEqual(['open@39 from 16 info']);
    expect(findings[0].title).toMatch(/^Validation loss was still falling at the end/);
  });
});
