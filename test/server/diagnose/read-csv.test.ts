import { describe, expect, it } from 'vitest';
import { readCsv } from '../../../server/diagnose/read-csv.ts';
import type { Table } from '../../../server/table.ts';

const tables = (text: string): Table[] =>
  readCsv('a.csv', 'a', text).inputs.flatMap((input) => (input.kind === 'table' ? [input.table] : []));
const column = (text: string, series: string) => {
  const found = tables(text)[0].columns.find((each) => each.series === series);
  return { rows: found?.rows && [...found.rows], values: [...(found?.values ?? [])] };
};

describe('a CSV file', () => {
  it('is a run with one series a column, at the steps of its step column', () => {
    const text = 'step,train_loss,val_loss\n0,1.5,\n10,1.25,2\n';
    expect([...tables(text)[0].steps]).toEqual([0, 10]);
    expect(column(text, 'train_loss')).toEqual({ rows: null, values: [1.5, 1.25] });
    expect(column(text, 'val_loss')).toEqual({ rows: [1], values: [2] });
  });

  it('has its epochs as a series beside the steps they are', () => {
    expect(column('epoch,loss\n1,5\n2,4', 'epoch')).toEqual({ rows: null, values: [1, 2] });
    expect([...tables('epoch,step,loss\n1,100,5\n2,200,4')[0].steps]).toEqual([100, 200]);
  });

  it('may pad its header and cells, end lines as Windows does, and begin with a byte order mark', () => {
    expect(column('\uFEFF  epoch ,  loss \r\n 1 , 5 \r\n\r\n 2 , 4 \r\n', 'loss')).toEqual({
      rows: null,
      values: [5, 4],
    });
  });

  it.each([
    ['nan', NaN],
    ['NaN', NaN],
    ['-nan', NaN],
    ['inf', Infinity],
    ['Infinity', Infinity],
    ['-inf', -Infinity],
    ['+INF', Infinity],
    [' -Infinity ', -Infinity],
    ['1e-3', 0.001],
    ['1e999', Infinity],
    ['-0', -0],
  ])('may spell a number %j', (cell, value) => {
    expect(column(`step,loss\n0,${cell}`, 'loss').values).toEqual([value]);
  });

  it('may hold columns that are no numbers, which are passed over', () => {
    const recording = readCsv('a.csv', 'a', 'step,time,loss\n0,12:30,1\n1,12:31,2');
    expect(recording.remarks).toEqual(['column time: passed over, it holds no numbers']);
  });

  it('begins an attempt where its step goes backwards', () => {
    expect(tables('step,loss\n1,1\n2,1\n1,1\n2,1').map(({ attempt, steps }) => [attempt, ...steps])).toEqual([
      [0, 1, 2],
      [1, 1, 2],
    ]);
  });

  it('keeps every value when it is cut into tables', () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => `${i},${i / 2},${i % 7 === 0 ? i : ''}`);
    const all = tables(`step,a,b\n${rows.join('\n')}`);
    const values = (series: string) =>
      all.flatMap(({ columns }) => columns.filter((c) => c.series === series).flatMap((c) => [...c.values]));
    expect(all.length).toBeGreaterThan(1);
    expect(values('a')).toEqual(rows.map((_, i) => i / 2));
    expect(values('b')).toEqual(rows.map((_, i) => i).filter((i) => i % 7 === 0));
    const steps = all.flatMap(({ steps: s, columns }) =>
      [...(columns.find((c) => c.series === 'b')?.rows ?? [])].map((row) => s[row]),
    );
    expect(steps).toEqual(values('b'));
  });

  it.each([
    ['loss,acc\n1,2', 'a.csv: columns: must include step or epoch, got loss, acc'],
    ['', 'a.csv: columns: must include step or epoch, got none'],
    ['step,loss', 'a.csv: rows: must be at least one, got none'],
    ['step,loss\n0,1\n1,high', 'a.csv: row 3, column loss: must be a number, got "high"'],
    ['step,loss\n0,1\n,2', 'a.csv: row 3, column step: must be a number, got ""'],
  ])('%j is refused', (text, message) => {
    expect(() => readCsv('a.csv', 'a', text)).toThrow(message);
  });
});
