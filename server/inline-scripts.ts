import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The scripts that the built page has in its HTML, as sources of a content security policy: hashes of their texts, so
 * that a browser runs these and no others. None where the page is not built.
 * @param page the folder of the built page
 */
export function inlineScripts(page: string): string[] {
  const file = join(page, 'index.html');
  if (!existsSync(file)) return [];
  return [...readFileSync(file, 'utf8').matchAll(/<script>(.*?)<\/script>/gs)].map(
    ([, text]) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
}
