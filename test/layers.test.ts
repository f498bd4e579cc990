import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** What each place may import of ours, beside itself; the longest matching place counts. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  sdk: ['shared'],
  client: ['shared'],
  'client/views': ['client', 'shared'],
  'server/detectors': [
    'shared',
    'server/detector.ts',
    'server/roles.ts',
    'server/facts.ts',
    'server/windows',
  ],
  'server/windows': ['shared', 'server/detector.ts', 'server/roles.ts'],
  'server/pipeline': [
    'shared',
    'server/detector.ts',
    'server/detectors',
    'server/facts.ts',
    'server/windows',
    'server/roles.ts',
    'server/table.ts',
  ],
  // Follows files as a trainer would: it knows the protocol and the SDK, and nothing of the server's inside.
  'server/tail': ['shared', 'sdk'],
  server: ['shared', 'scripts/demo/demo.ts'],
  scripts: ['shared', 'sdk', 'server'],
};

/** Modules of ours that a source file imports, relative to the root. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(/(?:from|import\()\s*'(\.[^']*)'/g);
  return [...found].map(([, path]) => relative(ROOT, resolve(ROOT, file, '..', path)));
}

const sources = Object.keys(MAY_IMPORT)
  .filter((place) => !place.includes('/'))
  .flatMap((place) =>
    readdirSync(join(ROOT, place), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => join(place, name)),
  );

const within = (file: string, place: string) => file === place || file.startsWith(`${place}/`);

/** The place whose rule a file keeps. */
const placeOf = (file: string) =>
  Object.keys(MAY_IMPORT)
    .filter((place) => within(file, place))
    .reduce((longest, place) => (place.length > longest.length ? place : longest), '');

describe('the layers', () => {
  it.each(Object.keys(MAY_IMPORT))('%s imports only what it may', (place) => {
    // A view is put together by the page; it knows no other view.
    const own = place === 'client/views' ? [] : [place];
    const allowed = [...own, ...MAY_IMPORT[place]];
    for (const file of sources.filter((source) => placeOf(source) === place)) {
      for (const module of importsOf(file)) {
        const ok =
          allowed.some((candidate) => within(module, candidate)) &&
          !(own.length === 0 && within(module, place));
        expect(ok, `${file} imports ${module}; ${place} may import ${allowed.join(', ')}`).toBe(true);
      }
    }
  });

  it('has no cycles', () => {
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      expect(path, `a cycle: ${[...path, file].join(' → ')}`).not.toContain(file);
      if (done.has(file) || !sources.includes(file)) return;
      for (const module of importsOf(file)) visit(module, [...path, file]);
      done.add(file);
    };
    for (const file of sources) visit(file, []);
  });
});
