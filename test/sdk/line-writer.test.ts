import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { LineWriter } from '../../sdk/line-writer.ts';
import { LIMITS } from '../../shared/limits.ts';
import { LINES, type Line } from '../../shared/lines.ts';

function writer() {
  const complaints: string[] = [];
  const lines = new LineWriter(
    () => 1790000000.123,
    (_code, message) => complaints.push(message),
  );
  return { lines, complaints };
}

test('writes a log line with its number, time, step and epoch', () => {
  const { lines } = writer();
  expect(lines.log({ train: { loss: NaN }, lr: 0.1 }, { step: 100, epoch: 2.5 })).toEqual([
    {
      seq: 1,
      text: '{"kind":"log","seq":1,"time":1790000000.123,"step":100,"epoch":2.5,"values":{"train/loss":"NaN","lr":0.1}}',
    },
  ]);
});

test('takes the step after the last one when none is given', () => {
  const { lines } = writer();
  const steps = [undefined, undefined, 10, undefined, 4].map(
    (step) => (JSON.parse(lines.log({ a: 1 }, { step })[0].text) as { step: number }).step,
  );
  expect(steps).toEqual([0, 1, 10, 11, 4]);
});

test('goes on with the next step where the given one is none', () => {
  const { lines, complaints } = writer();
  lines.log({ a: 1 }, { step: 7 });
  lines.log({ a: 1 }, { step: 7.5 });
  lines.log({ a: 1 }, { step: -1 });
  expect(lines.step).toBe(9);
  expect(complaints[0]).toBe('step: must be a whole number from 0, got 7.5; the next step is taken');
});

test('leaves out an epoch that is none', () => {
  const { lines, complaints } = writer();
  expect(lines.log({ a: 1 }, { step: 0, epoch: NaN })[0].text).not.toContain('epoch');
  expect(complaints).toHaveLength(1);
});

test('splits more values than a line may carry into lines of one step', () => {
  const { lines } = writer();
  const values = Object.fromEntries(Array.from({ length: LIMITS.lineValues + 1 }, (_, i) => [`s${i}`, i]));
  const parsed = lines
    .log(values, { step: 3 })
    .map(({ text }) => JSON.parse(text) as { step: number; values: object });
  expect(parsed.map(({ step, values }) => [step, Object.keys(values).length])).toEqual([
    [3, LIMITS.lineValues],
    [3, 1],
  ]);
});

test('writes no line for no values', () => {
  expect(writer().lines.log({})).toEqual([]);
});

test('writes every kind of line as the protocol has it', () => {
  const { lines } = writer();
  const written = [
    ...lines.log({ a: 1 }),
    lines.define({ series: 'a', role: 'metric', goal: 'max' }),
    lines.setting({ detector: 'gap', parameters: { minDelta: 0.1 } }),
    lines.alert('two\nlines', { text: 'x', level: 'critical' }),
    lines.note('n'.repeat(20_000)),
    lines.stopping(),
    lines.end('stopped', 'asked to'),
  ].map(({ text }) => JSON.parse(text) as Line);
  expect(written.map((line) => line.kind)).toEqual([
    'log',
    'define',
    'setting',
    'alert',
    'note',
    'stopping',
    'end',
  ]);
  for (const line of written) expect(Value.Errors(LINES[line.kind], line)).toEqual([]);
});
