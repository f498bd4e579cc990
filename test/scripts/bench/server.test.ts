import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NODE_OPTIONS } from '../../../scripts/bench/server.ts';

test('a bench runs the server as `npm start` does', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } };
  expect(scripts.start).toBe(['node', ...NODE_OPTIONS, 'bin/tidemark.js', 'serve'].join(' '));
});
