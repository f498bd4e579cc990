import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive, leftovers } from '../../sdk/leftovers.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'tidemark-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const found = (names: Record<string, number>, { living = [] as string[], alive = [] as number[] } = {}) => {
  for (const name of Object.keys(names)) writeFileSync(join(dir, name), '');
  return leftovers({ dir, run: 'r', writer: 'gpu.42.new' }, living, {
    isAlive: (pid) => alive.includes(pid),
    modified: (path) => names[basename(path)],
    now: 1000,
  }).map((path) => basename(path));
};

test('finds what ended processes of this run left, oldest first', () => {
  const names = {
    'r@gpu.7.b.jsonl': 990,
    'r@gpu.6.a.jsonl': 980,
    'other@gpu.5.a.jsonl': 980,
    'r@gpu.7.b.jsonl.new': 1,
  };
  expect(found(names)).toEqual(['r@gpu.6.a.jsonl', 'r@gpu.7.b.jsonl']);
});

test('leaves alone what a living writer is writing', () => {
  const names = {
    'r@gpu.42.new.jsonl': 990,
    'r@gpu.42.twin.jsonl': 990,
    'r@gpu.8.c.jsonl': 990,
    'r@tpu.9.d.jsonl': 990,
  };
  expect(found(names, { living: ['gpu.42.twin'], alive: [8, 42] })).toEqual([]);
});

test('takes an earlier process of the same number for ended', () => {
  expect(found({ 'r@gpu.42.old.jsonl': 990 }, { alive: [42] })).toEqual(['r@gpu.42.old.jsonl']);
});

test('takes a file that nobody touched for two minutes, whoever wrote it', () => {
  expect(found({ 'r@tpu.9.d.jsonl': 870, 'r@anything.jsonl': 870 })).toHaveLength(2);
});

test('tells a living process from none', () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(2 ** 30)).toBe(false);
});
