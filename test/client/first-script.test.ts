import { join } from 'node:path';
import { build, type Rolldown } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** What orders or spells by language: its first use takes a fresh browser 20 to 65 ms, before its first chart. */
const BY_LANGUAGE = /\bIntl\b|\blocaleCompare\b|\btoLocale\w*/g;

/** The page as it is built: scripts by their file names, and the text of its HTML. */
describe('what is loaded before the first chart', () => {
  let chunks: Map<string, Rolldown.OutputChunk>;
  let html: string;
  beforeAll(async () => {
    const { output } = (await build({
      ...{ configFile: join(ROOT, 'vite.config.ts'), root: join(ROOT, 'client'), logLevel: 'silent' },
      build: { write: false },
    })) as Rolldown.RolldownOutput;
    chunks = new Map(output.flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file]] : [])));
    const page = output.find(({ fileName }) => fileName === 'index.html');
    html = page?.type === 'asset' ? String(page.source) : '';
  });

  /** The scripts that the HTML names, and all that they import at once; with what is written into it. */
  function first(): string[] {
    const wanted = [...chunks.values()].filter(({ fileName }) => html.includes(fileName));
    const seen = new Set(wanted);
    for (const { imports } of seen) for (const file of imports) seen.add(chunks.get(file)!);
    return [
      ...[...seen].map(({ code }) => code),
      ...[...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, code]) => code),
    ];
  }

  it('is a part of the page', () => {
    const sizes = first().map(({ length }) => length);
    expect(sizes.length).toBeGreaterThanOrEqual(2);
    expect(Math.min(...sizes)).toBeGreaterThan(500);
    expect(sizes.length).toBeLessThan(chunks.size + 1);
  });

  it('uses nothing of the browser that goes by language', () => {
    expect(first().flatMap((code) => code.match(BY_LANGUAGE) ?? [])).toEqual([]);
  });

  it('would be told from what does', () => {
    const late = [...chunks.values()].filter(({ isEntry, code }) => !isEntry && BY_LANGUAGE.test(code));
    expect(late).not.toEqual([]);
  });
});
