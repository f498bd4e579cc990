import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { textOf } from '../../sdk/block.ts';
import type { Columns } from '../../sdk/columns.ts';
import { LineWriter, type ColumnsPosition } from '../../sdk/line-writer.ts';
import { LIMITS } from '../../shared/limits.ts';
import { ColumnsLine, PackedLine } from '../../shared/lines.ts';
import { decodeLogFrame } from '../../shared/log-frame.ts';
import { jsonOf } from './support/json-of.ts';

function writer() {
  const complaints: string[] = [];
  const lines = new LineWriter(
    () => 1790000000.5,
    (_code, message) => complaints.push(message),
  );
  /** The lines that a call becomes. */
  const write = (columns: Columns, position?: ColumnsPosition): ColumnsLine[] =>
    lines.logColumns(columns, position).map((block) => JSON.parse(jsonOf(block)) as ColumnsLine);
  return { lines, write, complaints };
}

test('writes columns as one line of the protocol', () => {
  const { lines, complaints } = writer();
  const [block] = lines.logColumns(
    {
      train: { loss: [0.1, NaN, Infinity, -Infinity] },
      'val/loss': [null, undefined, 1e300, null],
      lr: new Float32Array([0.1, 0.5, 1, NaN]),
      'wall "time"': new Float64Array([1, 2, 3, 4.1]),
      none: [null, null, null, null],
      counts: [1n, true, false, -2],
      raw: Int32Array.of(7, 8, 9, -10),
    },
    { steps: [3, 3, 5, 90], times: [1, 2.5, 3, 4] },
  );
  expect(jsonOf(block)).toBe(
    '{"kind":"log","seq":1,"steps":[3,3,5,90],"times":[1,2.5,3,4],"values":{' +
      '"train/loss":[0.1,"NaN","Infinity","-Infinity"],"val/loss":[null,null,1e+300,null],' +
      '"lr":[0.10000000149011612,0.5,1,"NaN"],"wall \\"time\\"":[1,2,3,4.1],"counts":[1,1,0,-2],"raw":[7,8,9,-10]}}',
  );
  expect(Value.Errors(ColumnsLine, JSON.parse(jsonOf(block)))).toEqual([]);
  const packed = JSON.parse(textOf(block)) as PackedLine;
  expect(Value.Errors(PackedLine, packed)).toEqual([]);
  expect(packed).toMatchObject({ kind: 'log', seq: 1, names: block.names });
  expect(new Uint8Array(Buffer.from(packed.packed, 'base64'))).toEqual(block.frame);
  expect(complaints).toEqual([]);
  expect(lines.step).toBe(90);
});

test('keeps float32 as such, and takes it for float64 that it loses nothing of', () => {
  const { lines } = writer();
  const [block] = lines.logColumns({ a: [0.5, NaN], b: [0.1, 0.5], c: new Float32Array(2) });
  const decoded = decodeLogFrame(block.frame, 3);
  const kinds = decoded.ok && decoded.frame.columns.map(({ values }) => values.constructor.name);
  expect(kinds).toEqual(['Float32Array', 'Float64Array', 'Float32Array']);
});

test('takes the steps after the last one, and the time now, where none are given', () => {
  const { lines, write } = writer();
  lines.log({ a: 1 }, { step: 9 });
  const given = write({ a: [1, 2] });
  expect(given).toMatchObject([{ seq: 2, steps: [10, 11], times: [1790000000.5, 1790000000.5] }]);
  expect(write({ a: [3] })).toMatchObject([{ seq: 3, steps: [12] }]);
  expect(JSON.parse(lines.log({ a: 1 })[0].text)).toMatchObject({ seq: 4, step: 13 });
});

test('what the caller changes later is not seen', () => {
  const { lines } = writer();
  const [steps, times, plain, double, single] = [
    [1],
    [2],
    [3.1],
    new Float64Array([4.1]),
    new Float32Array([5]),
  ];
  const [block] = lines.logColumns({ plain, double, single }, { steps, times });
  for (const each of [steps, times, plain, double, single]) each[0] = 99;
  expect(JSON.parse(jsonOf(block))).toMatchObject({
    steps: [1],
    times: [2],
    values: { plain: [3.1], double: [4.1], single: [5] },
  });
});

test('cuts many rows into lines of some thousand values, without losing or moving one', () => {
  const { write } = writer();
  const rows = 10_000;
  const steps = Array.from({ length: rows }, (_, i) => 2 * i);
  const a = steps.map((step) => (step % 3 === 0 ? null : step / 7));
  const b = Float64Array.from(steps, (step) => -step);
  const lines = write({ a, b, first: a.map((_, i) => (i === 0 ? 1 : null)) }, { steps });
  expect(lines.map(({ seq, steps: { length } }) => [seq, length])).toEqual([[1, 2730], [2, 2730], [3, 2730], [4, 1810]]); // prettier-ignore
  expect(lines.flatMap(({ steps }) => steps)).toEqual(steps);
  expect(lines.flatMap(({ values }) => values.a)).toEqual(a);
  expect(lines.flatMap(({ values }) => values.b)).toEqual(Array.from(b, (value) => value || 0));
  // A column is left out of the lines where it has no value.
  expect(lines.map(({ values }) => 'first' in values)).toEqual([true, false, false, false]);
});

test('splits more series than a line may carry, row by row', () => {
  const { write } = writer();
  const columns = Object.fromEntries(
    Array.from({ length: LIMITS.lineValues + 1 }, (_, i) => [`s${i}`, [1, 2, 3, 4, 5]]),
  );
  const lines = write(columns);
  expect(lines.map(({ steps, values }) => [steps, Object.keys(values).length])).toEqual([
    [[0, 1, 2, 3], LIMITS.lineValues],
    [[0, 1, 2, 3], 1],
    [[4], LIMITS.lineValues],
    [[4], 1],
  ]);
});

test('writes no line for no values', () => {
  const { write, lines, complaints } = writer();
  expect([...write({}), ...write({ a: [] }), ...write({ a: [null] }), ...write({}, { steps: [] })]).toEqual(
    [],
  );
  expect(complaints).toEqual([]);
  expect(lines.step).toBe(0);
});

test.each<[string, Columns, ColumnsPosition, object[], string]>([
  ['a column that is too short', { a: [1, 2], b: [1] }, {}, [{ values: { a: [1, 2] } }], 'b: must have as many values as steps, 2, got 1; it is left out'],
  ['a column that is no list', { a: 1 as unknown as number[], b: [1] }, {}, [{ values: { b: [1] } }], 'a: must be an array of numbers, got number; it is left out'],
  ['a value that is no number', { a: [1, 'x' as unknown as number, 3] }, {}, [{ values: { a: [1, null, 3] } }], 'a/1: must be a number or null, got string; it is left out'],
  ['an unusable name', { 'a\n': [1], b: [1] }, {}, [{ values: { b: [1] } }], 'series: must be 1 to 256 printable characters, got "a\\n"'],
  ['a step that is not whole', { a: [1, 2] }, { steps: [1, 1.5] }, [], 'steps/1: must be a whole number from 0, got 1.5; the call is left out'],
  ['a step below 0', { a: [1] }, { steps: [-1] }, [], 'steps/0: must be a whole number from 0, got -1; the call is left out'],
  ['steps that descend', { a: [1, 2, 3] }, { steps: [4, 5, 3] }, [], 'steps/2: must be at least 5, the step before it, got 3; the call is left out'],
  ['steps that are no list', { a: [1] }, { steps: 5 as unknown as number[] }, [], 'steps: must be an array of whole numbers, got number; the call is left out'],
  ['too few times', { a: [1, 2] }, { times: [1] }, [{ times: [1790000000.5, 1790000000.5] }], 'times: must be as many as steps, 2, got 1; the time now is taken'],
  ['a time in milliseconds', { a: [1, 2] }, { times: [1, 1.79e12] }, [{ times: [1, 1790000000.5] }], 'times/1: must be seconds from 0 to 100000000000, got 1790000000000; the time now is taken'],
  ['times that are no list', { a: [1] }, { times: null as unknown as number[] }, [{ times: [1790000000.5] }], 'times: must be an array of seconds, got null; the time now is taken'],
])('leaves out %s, and says so', (_what, columns, position, expected, complaint) => {
  const { write, complaints } = writer();
  const written = write(columns, position);
  expect(written).toMatchObject(expected);
  if ('values' in (expected[0] ?? {})) expect(written.map(({ values }) => ({ values }))).toEqual(expected);
  expect(complaints).toEqual([complaint]);
}); // prettier-ignore
