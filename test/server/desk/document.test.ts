import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDocument } from '../../../server/desk/document.ts';
import { temporaryFolder } from '../../support/server.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder.remove());

it('keeps changes across openings, in the order they were made, readable by its owner only', async () => {
  const path = join(folder.path, 'list.json');
  const list = await openDocument<{ names: string[] }>(path, { names: [] });
  await Promise.all(['a', 'b', 'c'].map((name) => list.change(({ names }) => ({ names: [...names, name] }))));
  expect((await openDocument(path, { names: [] })).content).toEqual({ names: ['a', 'b', 'c'] });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('keeps the old content, in memory and on disk, when a change cannot be written', async () => {
  const path = join(folder.path, 'list.json');
  const list = await openDocument<{ names: string[] }>(path, { names: [] });
  await list.change(() => ({ names: ['a'] }));
  const before = readFileSync(path, 'utf8');
  folder.remove();
  await expect(list.change(() => ({ names: ['b'] }))).rejects.toThrow('ENOENT');
  expect(list.content).toEqual({ names: ['a'] });
  expect(before).toContain('"a"');
});

it.each(['{not json', '[]', 'null'])('refuses %s with the file’s name', async (text) => {
  const path = join(folder.path, 'list.json');
  writeFileSync(path, text);
  await expect(openDocument(path, {})).rejects.toThrow(`${path}: must be JSON as Tidemark wrote it`);
});
