import { describe, expect, it } from 'vitest';
import { jsonLinesReader } from '../../../../server/tail/formats/json-lines.ts';
import { read } from './read.ts';

const lines = (...texts: string[]) => read(jsonLinesReader(), Buffer.from(texts.join('\n') + '\n'));

describe('JSON lines', () => {
  it('reads objects with a step: nested names, bare NaN, times', () => {
    expect(
      lines(
        '{"step": 5, "timestamp": 1700000000, "epoch": 0.5, "train": {"loss": NaN, "lr": 0.1}, "note": "x"}',
        '{"step": 6, "loss": "Infinity"}',
      ),
    ).toEqual([
      { kind: 'log', step: 5, time: 1700000000, epoch: 0.5, values: { 'train/loss': NaN, 'train/lr': 0.1 } },
      { kind: 'log', step: 6, values: { loss: Infinity } },
    ]);
  });

  it('puts the split that an object names before its series', () => {
    const [entry] = lines('{"mode": "val", "epoch": 1, "step": 7, "loss": 0.3}');
    expect(entry).toMatchObject({ values: { 'val/loss': 0.3 } });
  });

  it('hands Tidemark’s own lines on, numbered', () => {
    const entries = lines(
      '{"kind":"run","protocol":1,"run":"r","writer":"w"}',
      '{"kind":"log","step":0,"values":{"loss":NaN}}',
      '{"kind":"log","seq":2,"step":1,"values":{"loss":1}}',
    );
    expect(entries).toEqual([
      { kind: 'line', text: expect.any(String) as string, hello: { run: 'r', writer: 'w' } },
      { kind: 'line', text: '{"kind":"log","step":0,"values":{"loss":"NaN"},"seq":1}', seq: 1 },
      { kind: 'line', text: '{"kind":"log","seq":2,"step":1,"values":{"loss":1}}', seq: 2 },
    ]);
  });

  it('passes over a data set', () => {
    expect(() => lines('{"text": "once upon a time", "label": 3}')).toThrow('no step or epoch');
    expect(() => lines('no json')).toThrow('no JSON object');
  });

  it('leaves an unfinished line', () => {
    const reader = jsonLinesReader();
    expect(reader.read(Buffer.from('{"step":1,"a":1}\n{"st'), () => undefined, false)).toBe(17);
  });
});
