import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bestEpoch } from '../../../server/detectors/best-epoch.ts';
import { healthy, normal } from './streams.ts';
import { lives, told } from './told.ts';

/** Losses of boosted trees, made by `scripts/bench/accuracy/boosted.py`. */
const boosted = readFileSync(new URL('../../fixtures/boosted.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { name: string; train: number[]; val: number[] });
const losses = (name: string) => {
  const { train, val } = boosted.find((each) => each.name === name)!;
  return { train_loss: train, val_loss: val };
};

/** Falls to 1 within some 40 validations, and is level from there. */
const level = (length: number, noise: number, seed = 1): number[] => {
  const next = normal(seed);
  return Array.from({ length }, (_, i) => 1 + 2 * Math.exp(-i / 8) + noise * next());
};
const columns = (val: readonly number[]) => ({ train_loss: healthy(val.length), val_loss: val });

describe('best-epoch where a level is a reason to stop', () => {
  test('stops boosted trees that no rise stops, and keeps the best of all that it stops', async () => {
    const stops: string[] = [];
    for (const { name, train, val } of boosted) {
      const at = async (worth: number): Promise<number | undefined> =>
        (await told(bestEpoch({ worth }), { train_loss: train, val_loss: val })).findings.at(0)?.step;
      const stop = await at(0.005);
      stops.push(`${name}: ${await at(0)} ${stop}`);
      if (stop !== undefined) expect(stop).toBeGreaterThanOrEqual(val.indexOf(Math.min(...val)));
    }
    expect(stops).toMatchInlineSnapshot(`
      [
        "xgboost breast_cancer 0.3: 47 47",
        "xgboost breast_cancer 0.05: undefined 176",
        "lightgbm breast_cancer 0.1: 60 60",
        "lightgbm breast_cancer 0.05: 113 113",
        "histograms breast_cancer 0.1: 59 59",
        "histograms breast_cancer 0.05: 179 168",
        "xgboost digits 0.3: undefined undefined",
        "xgboost digits 0.05: undefined undefined",
        "lightgbm digits 0.1: undefined 160",
        "lightgbm digits 0.05: undefined undefined",
        "histograms digits 0.1: undefined 126",
        "histograms digits 0.05: undefined undefined",
        "xgboost diabetes 0.3: 11 11",
        "xgboost diabetes 0.05: 61 46",
        "lightgbm diabetes 0.1: 60 35",
        "lightgbm diabetes 0.05: 84 52",
        "histograms diabetes 0.1: 49 34",
        "histograms diabetes 0.05: 92 54",
      ]
    `);
  });

  test('is silent unless asked', async () => {
    expect((await told(bestEpoch(), columns(level(400, 1e-4)))).findings).toEqual([]);
  });

  test('speaks when it has been level for as long as it took, and names the best', async () => {
    const val = level(400, 1e-4);
    const { findings, last } = await told(bestEpoch({ worth: 0.005 }), columns(val));
    expect(lives(findings)).toMatchInlineSnapshot(`
      [
        "open@108 from 101 info",
      ]
    `);
    expect(findings[0].title).toMatchInlineSnapshot(
      `"Validation loss has not improved by 0.5 % since step 54, for as long as it took until then"`,
    );
    expect(last.stop).toMatchObject({ step: val.indexOf(Math.min(...val)) });
  });

  test('waits while it still falls by what counts, however slowly', async () => {
    const next = normal(3);
    const falling = Array.from({ length: 400 }, (_, i) => 1 + (i + 1) ** -0.3 + 0.002 * next());
    expect((await told(bestEpoch({ worth: 0.005 }), columns(falling))).findings).toEqual([]);
    expect((await told(bestEpoch({ worth: 0.1 }), columns(falling))).findings).not.toEqual([]);
  });

  test('waits where noise hides what counts', async () => {
    const { findings } = await told(bestEpoch({ worth: 0.005 }), columns(level(60, 0.1)));
    expect(findings).toEqual([]);
  });

  test('takes it back when validation gains again, and a rise makes it a warning', async () => {
    const dropped = level(130, 1e-4).concat(Array<number>(200).fill(0.8));
    const { findings } = await told(bestEpoch({ worth: 0.005 }), columns(dropped));
    expect(findings.map(({ status }) => status)).toEqual(['open', 'resolved', 'open']);
    const risen = level(190, 1e-4).map((value, i) => value + Math.max(0, i - 130) * 0.005);
    const warned = (await told(bestEpoch({ worth: 0.005 }), columns(risen))).findings;
    expect(warned[0].severity).toBe('info');
    expect(warned.at(-1)!.severity).toBe('warning');
    expect(new Set(warned.map(({ id }) => id)).size).toBe(1);
  });

  test('says the same in one batch as in many', async () => {
    const run = losses('xgboost breast_cancer 0.3');
    const whole = await told(bestEpoch({ worth: 0.005 }), run);
    const parts = await told(bestEpoch({ worth: 0.005 }), run, undefined, 40);
    expect(lives(parts.findings)).toEqual(lives(whole.findings));
  });

  test('says nothing of a run that has learnt nothing', async () => {
    const next = normal(5);
    const val = Array.from({ length: 200 }, () => 2.303 + 1e-5 * next());
    expect((await told(bestEpoch({ worth: 0.005 }), columns(val))).findings).toEqual([]);
  });
});
