import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecordings } from '../../../server/diagnose/command.ts';
import { findFiles } from '../../../server/diagnose/find-files.ts';
import { temporaryFolder } from '../../support/server.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/tail');
const OLD = join(FIXTURES, 'tensorboard-torch/old');

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder.remove());

const seriesOf = async (path: string) => {
  const [{ run, inputs }] = await readRecordings(path);
  const tables = inputs.flatMap((input) => (input.kind === 'table' ? [input.table] : []));
  const names = new Set(tables.flatMap(({ columns }) => columns.map(({ series }) => series)));
  return { run, names: [...names], attempts: Math.max(...tables.map(({ attempt }) => attempt)) + 1, tables };
};

describe('files of other tools', () => {
  it('finds each run once: a folder of event files, the newest state, a .wandb', async () => {
    const found = await findFiles(FIXTURES);
    expect(found.map((path) => path.slice(FIXTURES.length + 1))).toEqual([
      'keras-csv/training.csv',
      'lightning/lightning_logs/version_0/metrics.csv',
      'tensorboard-keras/fit',
      'tensorboard-torch/new',
      'tensorboard-torch/old',
      expect.stringMatching(/^trainer-state\/.*trainer_state.json$/) as string,
      'wandb/run-abc12345.wandb',
      'yolo/results.csv',
    ]);
  });

  it('reads several event files as attempts of one run', async () => {
    expect(await seriesOf(OLD)).toMatchObject({ run: 'old', names: ['train/loss', 'val/loss'], attempts: 2 });
  });

  it('puts the points of Keras’ two folders in the order of time', async () => {
    const { names, tables } = await seriesOf(join(FIXTURES, 'tensorboard-keras/fit'));
    expect(names).toContain('validation/epoch_loss');
    const times = tables.flatMap((table) => [...table.times]);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('takes a torn end, and refuses damage', async () => {
    const name = 'events.out.tfevents.1.x';
    copyFileSync(join(OLD, 'events.out.tfevents.1700001000.host.2.0'), join(folder.path, name));
    expect((await seriesOf(join(folder.path, name))).names).toEqual(['train/loss']);
    writeFileSync(join(folder.path, name), Buffer.alloc(64, 1));
    await expect(readRecordings(join(folder.path, name))).rejects.toThrow('checksum');
  });

  it('reads a script’s own JSON lines', async () => {
    mkdirSync(join(folder.path, 'x'));
    writeFileSync(join(folder.path, 'x/mine.jsonl'), '{"step":1,"loss":2}\n{"step":2,"loss":NaN}\n');
    expect(await seriesOf(join(folder.path, 'x/mine.jsonl'))).toMatchObject({ run: 'mine', names: ['loss'] });
  });
});
