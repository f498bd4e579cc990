import { expect, test } from 'vitest';
import type { NumberedLine } from '../../sdk/line-writer.ts';
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
