import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Spool } from '../../sdk/spool.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'tidemark-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const line = (seq: number) => JSON.stringify({ kind: 'note', seq, text: `ü${seq}` });
const HELLO = '{"kind":"run","run":"r","writer":"w"}';
const create = () => Spool.create(join(dir, 'new', 'folder'), 'r@w.jsonl', HELLO);
const text = (spool: Spool) => readFileSync(spool.path, 'utf8');
const numbers = (spool: Spool, bytes?: number) => spool.read(bytes).lines.map(({ seq }) => seq);

test('is what the trainer would send, readable by its owner only', () => {
  const spool = create();
  spool.append([line(1), line(2)]);
  expect(text(spool)).toBe(`${HELLO}\n${line(1)}\n${line(2)}\n`);
  expect(statSync(spool.path).mode & 0o777).toBe(0o600);
  spool.close();
});

test('gives back what a killed writer left, without the line that was cut off', () => {
  const spool = create();
  spool.append([line(1), line(2)]);
  spool.close();
  appendFileSync(spool.path, line(3).slice(0, 10));
  const again = Spool.open(spool.path)!;
  expect(again.hello).toBe(HELLO);
  expect(again.read()).toEqual({ lines: [1, 2].map((seq) => ({ seq, text: line(seq) })), end: true });
  again.remove();
  expect(existsSync(spool.path)).toBe(false);
});

test('opens no file without a whole first line', () => {
  appendFileSync(join(dir, 'r@w.jsonl'), '{"kind":"ru');
  expect(Spool.open(join(dir, 'r@w.jsonl'))).toBeNull();
});

test('reads on from an offset, piece by piece, in whole lines', () => {
  const spool = create();
  spool.append([line(1)]);
  spool.seek(spool.append([2, 3, 4, 5].map(line)));
  const size = Buffer.byteLength(line(2)) + 1;
  expect(numbers(spool, 2 * size + 3)).toEqual([2, 3]);
  expect(numbers(spool, 5)).toEqual([4]);
  expect(spool.read()).toMatchObject({ lines: [{ seq: 5 }], end: true });
  spool.append([line(6)]);
  expect(numbers(spool)).toEqual([6]);
  spool.close();
});

test('begins anew with what is left', () => {
  const spool = create();
  spool.append([line(1), line(2), line(3)]);
  spool.rewrite([line(3)]);
  spool.append([line(4)]);
  expect(text(spool)).toBe(`${HELLO}\n${line(3)}\n${line(4)}\n`);
  spool.rewrite([]);
  expect(text(spool)).toBe(`${HELLO}\n`);
  spool.append([line(5)]);
  expect(numbers(spool)).toEqual([5]);
  spool.close();
});

test('shows when its writer was last alive', () => {
  const spool = create();
  spool.touch(1_000_000);
  expect(statSync(spool.path).mtimeMs).toBe(1e9);
  spool.close();
});
