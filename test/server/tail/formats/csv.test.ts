import { describe, expect, it } from 'vitest';
import { csvReader } from '../../../../server/tail/formats/csv.ts';
import { fixture, logs, points, read } from './read.ts';

const csv = (...lines: string[]) => read(csvReader(), Buffer.from(lines.join('\n') + '\n'));

describe('CSV', () => {
  it('reads Lightning’s metrics.csv, where a row has some of the columns', () => {
    const entries = read(csvReader(), fixture('lightning/lightning_logs/version_0/metrics.csv'));
    expect(points(entries, 'val_loss').map(([step]) => step)).toEqual([7, 15, 23, 31]);
    expect(points(entries, 'train_loss').length).toBe(16);
    expect(logs(entries)[0]).toMatchObject({ epoch: 0 });
    expect(points(entries, 'epoch')).toEqual([]);
  });

  it('reads Keras’ CSVLogger by epochs', () => {
    const entries = read(csvReader(), fixture('keras-csv/training.csv'));
    expect(points(entries, 'val_loss').map(([step]) => step)).toEqual([0, 1, 2, 3, 4]);
    expect(logs(entries)[2]).toMatchObject({ step: 2, epoch: 2 });
  });

  it('reads YOLO’s results.csv, whose time is no date', () => {
    const entries = read(csvReader(), fixture('yolo/results.csv'));
    expect(points(entries, 'train/box_loss').map(([step]) => step)).toEqual([1, 2]);
    expect(logs(entries)[0].time).toBeUndefined();
    expect(points(entries, 'time').length).toBe(2);
  });

  it('trims a padded header, and takes any spelling of NaN and infinity', () => {
    const entries = csv('   epoch,  train/loss, val/loss', ' 0, 1.5, nan', ' 1, -inf,', ' 2, x, 3');
    expect(logs(entries).map(({ values }) => values)).toEqual([
      { 'train/loss': 1.5, 'val/loss': NaN },
      { 'train/loss': -Infinity },
      { 'val/loss': 3 },
    ]);
  });

  it('takes a time stamp as the time', () => {
    expect(csv('step;timestamp;loss', '3;1700000000.5;0.1')).toEqual([
      { kind: 'log', step: 3, time: 1700000000.5, values: { loss: 0.1 } },
    ]);
  });

  it('passes over a file without steps', () => {
    expect(() => csv('name,age', 'a,1')).toThrow('must include step or epoch');
  });

  it('reads the same however the file is cut', () => {
    const bytes = fixture('yolo/results.csv');
    expect(read(csvReader(), bytes, 1)).toEqual(read(csvReader(), bytes));
  });
});
