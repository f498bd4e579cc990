import { expect, test } from 'vitest';
import type { NumberedLine } from '../../sdk/line-writer.ts';
import { frameWith, textOf } from '../../sdk/block.ts';
import { blocksOf } from '../../sdk/columns.ts';
import { Packer } from '../../sdk/packer.ts';
import { decodeLogFrame } from '../../shared/log-frame.ts';

const log = (seq: number, ...names: string[]): NumberedLine => ({
  seq,
  text: JSON.stringify({
    kind: 'log',
    seq,
    time: 1753806720,
    step: seq,
    values: Object.fromEntries(names.map((name) => [name, 1])),
  }),
});

/** What it asks for with these lines; null where it asks nothing. */
function asked(packer: Packer, lines: readonly NumberedLine[]): { first: number; names: string[] } | null {
  const [first] = packer.frames(lines);
  return typeof first === 'string' && first.includes('"series"')
    ? (JSON.parse(first) as { first: number; names: string[] })
    : null;
}

function agreedOn(...names: string[]): Packer {
  const packer = new Packer(2);
  asked(packer, [log(1, ...names), log(2, ...names)]);
  packer.agree(names.length);
  return packer;
}

test('what is agreed stays so where a name is refused, which alone goes as text', () => {
  const packer = agreedOn('a');
  const lines = [log(1, 'a'), log(2, 'a'), log(3, 'a', 'bad', 'b', 'c'), log(4, 'a', 'b'), log(5, 'b', 'c')];
  const asks: string[][] = [];
  let agreed = 1;
  for (let ask = asked(packer, lines); ask; ask = asked(packer, lines)) {
    expect(ask.first).toBe(agreed);
    asks.push(ask.names);
    if (ask.names.includes('bad')) packer.refuse('name');
    else packer.agree((agreed += ask.names.length));
  }
  expect(asks).toEqual([['bad', 'b', 'c'], ['bad'], ['b'], ['c']]);
  const [before, text, after] = packer.frames(lines);
  expect(decodeLogFrame(before as Uint8Array, 1)).toMatchObject({ ok: true, frame: { seq: 1 } });
  expect(text).toBe(lines[2].text);
  expect(decodeLogFrame(after as Uint8Array, 3)).toMatchObject({ ok: true, frame: { seq: 4 } });
});

test('does not ask for ever where the run has all the series it may have', () => {
  const packer = agreedOn('a');
  const many = Array.from({ length: 100 }, (_, i) => `n${i}`);
  const lines = [log(1, 'a'), log(2, 'a'), log(3, ...many)];
  let asks = 0;
  for (; asked(packer, lines); asks++) packer.refuse('name');
  expect(asks).toBe(20);
  expect(packer.frames(lines).map((frame) => typeof frame)).toEqual(['object', 'string']);
});

test('goes by text on this connection where the server is older', () => {
  const packer = new Packer(2);
  const lines = [log(1, 'a'), log(2, 'a')];
  asked(packer, lines);
  packer.refuse('older');
  expect(packer.frames(lines)).toEqual([lines.map(({ text }) => text).join('\n')]);
});

function blockLine(seq: number, ...names: string[]): NumberedLine {
  const columns = new Map(names.map((name, i) => [name, [i, null, 0.1]]));
  const [block] = blocksOf(columns, Float64Array.of(1, 2, 3), new Float64Array(3), () => seq, String);
  return { seq, text: textOf(block), block };
}

test('a block goes under the ids that were agreed, one by itself too, and as text until they are', () => {
  const packer = new Packer();
  const block = blockLine(1, 'a', 'b');
  expect(packer.frames([block])).toEqual(['{"kind":"series","first":0,"names":["a","b"]}', block.text]);
  expect(packer.frames([blockLine(2, 'b')])).toEqual([blockLine(2, 'b').text]);
  packer.agree(2);
  const [frame] = packer.frames([blockLine(3, 'b', 'a')]);
  const decoded = decodeLogFrame(frame as Uint8Array, 2);
  expect(decoded).toMatchObject({
    ok: true,
    frame: { seq: 3, numbered: false, columns: [{ id: 1 }, { id: 0 }] },
  });
});

test('a block keeps its place among lines of one step', () => {
  const packer = agreedOn('a');
  const lines = [
    log(1, 'a'),
    blockLine(2, 'a'),
    log(3, 'a'),
    log(4, 'a'),
    blockLine(5, 'new'),
    blockLine(6, 'a'),
  ];
  const [, text, block, rows, other, last] = packer.frames(lines);
  expect(text).toBe(lines[0].text);
  expect(block).toEqual(frameWith(lines[1].block!, () => 0));
  expect(decodeLogFrame(rows as Uint8Array, 1)).toMatchObject({ frame: { seq: 3, numbered: true } });
  expect(other).toBe(lines[4].text);
  expect(last).toEqual(frameWith(lines[5].block!, () => 0));
});

test('blocks go as text where a name is refused, or the server is older', () => {
  const packer = agreedOn('a');
  packer.frames([blockLine(1, 'bad')]);
  packer.refuse('name');
  const lines = [blockLine(1, 'a', 'bad'), blockLine(2, 'a')];
  expect(packer.frames(lines)).toEqual([lines[0].text, frameWith(lines[1].block!, () => 0)]);
  packer.refuse('older');
  expect(packer.frames(lines)).toEqual([lines.map(({ text }) => text).join('\n')]);
});
