import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

  it.each([
    ['version_0/metrics.csv', 'hparams.yaml', 'step,loss\n1,2\n'],
    ['train/results.csv', 'args.yaml', 'epoch,loss\n1,2\n'],
    ['mine/log.jsonl', 'hparams.yaml', '{"step":1,"loss":2}\n'],
  ])('reads the settings beside %s from %s, as watch does', async (log, settings, text) => {
    const path = join(folder.path, log);
    mkdirSync(dirname(path));
    writeFileSync(path, text);
    writeFileSync(join(dirname(path), settings), 'n_train: 128\ndropout: 0.5\nmodel: !!python/name:x.Y\n');
    const [{ run, inputs, remarks }] = await readRecordings(path);
    expect([...inputs][0]).toEqual({ kind: 'facts', run, facts: { trainSamples: 128, dropout: 0.5 } });
    expect(remarks).toEqual([]);
  });

  it('reads them beside event files too, and says what of them it cannot', async () => {
    const path = join(folder.path, 'exp');
    cpSync(OLD, path, { recursive: true });
    writeFileSync(join(path, 'hparams.yaml'), 'classes: 10\n');
    const [{ inputs }] = await readRecordings(path);
    expect([...inputs][0]).toMatchObject({ kind: 'facts', facts: { classes: 10 } });
    writeFileSync(join(path, 'hparams.yaml'), 'classes: [10\n');
    const [{ remarks }] = await readRecordings(path);
    expect(remarks).toEqual([expect.stringMatching(/^hparams.yaml: left out: /)]);
  });

  it('leaves the settings of others beside a file that is a run by itself', async () => {
    const path = join(folder.path, 'mlp.csv');
    writeFileSync(path, 'step,loss\n1,2\n');
    writeFileSync(join(folder.path, 'hparams.yaml'), 'classes: 10\n');
    const [{ inputs }] = await readRecordings(path);
    expect([...inputs].map(({ kind }) => kind)).not.toContain('facts');
  });

  it('reads a script’s own JSON lines', async () => {
    mkdirSync(join(folder.path, 'x'));
    writeFileSync(join(folder.path, 'x/mine.jsonl'), '{"step":1,"loss":2}\n{"step":2,"loss":NaN}\n');
    expect(await seriesOf(join(folder.path, 'x/mine.jsonl'))).toMatchObject({ run: 'mine', names: ['loss'] });
  });
});
