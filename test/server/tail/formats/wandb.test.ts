import { describe, expect, it } from 'vitest';
import { wandbReader } from '../../../../server/tail/formats/wandb.ts';
import { fixture, logs, points, read } from './read.ts';

const FILE = 'wandb/run-abc12345.wandb';

describe('.wandb files', () => {
  it('reads history, config, name and exit, over blocks and their fragments', () => {
    const entries = read(wandbReader(), fixture(FILE));
    const expected = Array.from({ length: 50 }, (_, step) => [step, 2 / (step + 1)]);
    expect(points(entries, 'train/loss')).toEqual([...expected, [60, NaN]]);
    expect(points(entries, 'val/loss')).toEqual([[60, 0.5]]);
    expect(logs(entries)[0].time).toBeGreaterThan(1.7e9);
    expect(entries[0]).toEqual({
      kind: 'about',
      name: 'mlp',
      project: 'digits',
      config: { lr: 0.1, layers: [3, 4] },
    });
    expect(entries).toContainEqual({ kind: 'about', config: { batch: 8 } });
    expect(entries.at(-1)).toEqual({ kind: 'end', status: 'finished' });
  });

  it('reads the same however the file is cut', () => {
    const whole = read(wandbReader(), fixture(FILE));
    expect(read(wandbReader(), fixture(FILE), 1000)).toEqual(whole);
  });

  it('says that a checksum is wrong', () => {
    const bytes = fixture(FILE);
    bytes[400] ^= 1;
    expect(() => read(wandbReader(), bytes)).toThrow('checksum');
  });
});
