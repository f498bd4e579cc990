import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { detectors } from '../../server/detectors/index.ts';
import { manual } from '../../scripts/manual.js';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-manual-'));
  manual(ROOT, join(folder, 'docs'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (path: string): string => readFileSync(path, 'utf8');
const idsOf = (path: string): Set<string> =>
  new Set([...read(path).matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));

describe('the manual', () => {
  test('has a place for every detector, at its name', () => {
    const ids = idsOf(join(folder, 'docs/detectors.html'));
    for (const { name } of detectors) expect(ids).toContain(name);
  });

  test('has no link that leads nowhere', () => {
    const lost: string[] = [];
    const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.html'),
    );
    expect(pages.length).toBeGreaterThan(20);
    for (const page of pages) {
      for (const [, link] of read(join(folder, page)).matchAll(/\s(?:href|src)="([^"]+)"/g)) {
        if (/^[a-z]+:/.test(link)) continue;
        const [path, anchor] = link.split('#');
        const target = path === '' ? join(folder, page) : join(folder, dirname(page), path);
        // The page itself and its icon, which lie beside the manual.
        if (target === `${folder}/` || target === join(folder, 'favicon.svg')) continue;
        if (!existsSync(target) || !statSync(target).isFile() || (anchor && !idsOf(target).has(anchor)))
          lost.push(`${page}: ${link}`);
      }
    }
    expect(lost).toEqual([]);
  });

  test('is made of sources whose links lead somewhere', () => {
    const sources = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join('docs', name));
    const lost = [...sources, 'README.md'].flatMap((source) =>
      [...read(join(ROOT, source)).matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)]
        .map(([, path]) => path)
        .filter((path) => !/^[a-z]+:/.test(path) && !existsSync(join(ROOT, dirname(source), path)))
        .map((path) => `${source}: ${path}`),
    );
    expect(lost).toEqual([]);
  });

  test('has nothing inline that the content security policy would refuse', () => {
    for (const name of readdirSync(join(folder, 'docs'), { recursive: true, encoding: 'utf8' })) {
      if (name.endsWith('.html'))
        expect(read(join(folder, 'docs', name))).not.toMatch(/<script|<style|\sstyle=/);
    }
  });
});
