import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { inlineScripts } from '../../server/inline-scripts.ts';
import { temporaryFolder } from '../support/server.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

it('names each script in the page by the hash of its text, and no file', () => {
  const text = 'a();\nb("<p>");';
  writeFileSync(
    join(folder.path, 'index.html'),
    `<script>${text}</script><script type="module" src="./a.js"></script><script>c()</script>`,
  );
  const hash = (script: string) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
  expect(inlineScripts(folder.path)).toEqual([hash(text), hash('c()')]);
});

it('is none where the page is not built', () => {
  expect(inlineScripts(join(folder.path, 'nowhere'))).toEqual([]);
});
