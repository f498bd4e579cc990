import { describe, expect, it } from 'vitest';
import { readLines } from '../../../server/diagnose/read-lines.ts';

const values = (text: string) =>
  readLines('a.jsonl', 'a', text).map(({ run, inputs }) => [
    run,
    ...inputs.flatMap((input) => (input.kind === 'table' ? [...input.table.columns[0].values] : [])),
  ]);

describe('a file of Tidemark lines', () => {
  it('is the run of its name', () => {
    const text =
      '{"kind":"run","protocol":1,"run":"x","writer":"w"}\n{"kind":"log","seq":1,"step":0,"values":{"loss":2}}\n';
    expect(values(text)).toEqual([['a', 2]]);
  });

  it('needs no hello', () => {
    expect(
      values('{"kind":"log","step":0,"values":{"loss":2}}\n{"kind":"log","step":1,"values":{"loss":1}}'),
    ).toEqual([['a', 2, 1]]);
  });

  it('may hold several runs, which are told apart', () => {
    const hello = (run: string) => `{"kind":"run","protocol":1,"run":"${run}","writer":"w"}`;
    const log = '{"kind":"log","step":0,"values":{"loss":2}}';
    expect(values([hello('x'), log, hello('y'), log].join('\n')).map(([run]) => run)).toEqual(['a/x', 'a/y']);
  });

  it('may hold bare NaN and infinities, as Python writes them', () => {
    expect(values('{"kind":"log","step":0,"values":{"a": NaN}}')).toEqual([['a', NaN]]);
    expect(values('{"kind":"log","step":0,"values":{"a":-Infinity}}')).toEqual([['a', -Infinity]]);
  });

  it('hands on what its hello declares of the data, and is no run without a line of its own', () => {
    const hello = '{"kind":"run","protocol":1,"run":"x","writer":"w","config":{"classes":10}}';
    const log = '{"kind":"log","step":0,"values":{"loss":2}}';
    expect(readLines('a', 'a', `${hello}\n${log}`)[0].inputs[0]).toEqual({
      kind: 'facts',
      run: 'a',
      facts: { classes: 10 },
    });
    expect(() => readLines('a', 'a', hello)).toThrow('must hold log lines');
  });

  it('ends, whether or not it says so', () => {
    const log = '{"kind":"log","step":0,"values":{"loss":2}}';
    const ends = (text: string) =>
      readLines('a', 'a', text)[0].inputs.filter(({ kind }) => kind === 'end').length;
    expect(ends(log)).toBe(1);
    expect(ends(`${log}\n{"kind":"end","status":"failed"}`)).toBe(1);
  });

  it.each([
    [
      '{"kind":"log","step":0,"values":{"a":1}}\n{"kind":"log","step":-1,"values":{}}',
      'a.jsonl: line 2: step: must be at least 0, got -1',
    ],
    ['{"train_loss":[1,2]}', 'a.jsonl: line 1: kind: must be one of'],
    ['', 'a.jsonl: must hold log lines, got none'],
  ])('%j is refused', (text, message) => {
    expect(() => readLines('a.jsonl', 'a', text)).toThrow(message);
  });
});
