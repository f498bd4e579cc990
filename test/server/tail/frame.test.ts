import { expect, it } from 'vitest';
import type { LineEntry } from '../../../server/tail/entry.ts';
import type { Delivery } from '../../../server/tail/delivery.ts';
import { ownFrame } from '../../../server/tail/frame.ts';
import type { Source } from '../../../server/tail/source.ts';
import { range } from './points.ts';

const hello = (run: string): LineEntry => ({
  kind: 'line',
  text: `hello ${run}`,
  hello: { run, writer: 'w' },
});
const line = (seq: number): LineEntry => ({ kind: 'line', text: `line ${seq}`, seq });

it('says again whose lines they are where they take several frames, and what is the last line of each', async () => {
  const own = [
    hello('a'),
    ...range(2047).map((i) => line(i + 1)),
    line(2048),
    hello('b'),
    line(7),
    { kind: 'line', text: 'not numbered' } as const,
  ];
  const source = { own, speaker: null } as unknown as Source;
  const sent: { lines: string[]; lasts: [string, number][] }[] = [];
  const delivery = {
    send: (frame: string, lasts: Map<string, number>) => {
      sent.push({ lines: frame.split('\n'), lasts: [...lasts] });
      return Promise.resolve();
    },
  } as unknown as Delivery;
  const runs: string[][] = [];
  while (source.own.length > 0) {
    const frame = ownFrame(source);
    runs.push([...frame.runs]);
    await frame.send(delivery);
  }
  expect(sent.map(({ lines }) => [lines.length, lines[0], lines.at(-1)])).toEqual([
    [2048, 'hello a', 'line 2047'],
    [5, 'hello a', 'not numbered'],
  ]);
  expect(sent[1].lines).toEqual(['hello a', 'line 2048', 'hello b', 'line 7', 'not numbered']);
  expect(sent.map(({ lasts }) => lasts)).toEqual([
    [['a\nw', 2047]],
    [
      ['a\nw', 2048],
      ['b\nw', 7],
    ],
  ]);
  expect(runs).toEqual([['a'], ['a', 'b']]);
});

it('takes no more than one frame may have, but one line in any case', () => {
  const long = (seq: number): LineEntry => ({ kind: 'line', text: 'x'.repeat(400 * 1024), seq });
  const source = { own: [1, 2, 3, 4, 5].map(long), speaker: hello('a') } as unknown as Source;
  const left: number[] = [];
  while (source.own.length > 0) {
    ownFrame(source);
    left.push(source.own.length);
  }
  expect(left).toEqual([3, 1, 0]);
});
