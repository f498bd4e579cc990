import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DetectorInfo } from '../../shared/catalogue.ts';
import { detectors } from '../detectors/index.ts';
import { rangeOf } from '../detectors/parameters.ts';
import { ROOT } from '../version.ts';

/**
 * Every detector as it may be set: names, ranges and defaults from the code, the words from `docs/detectors.md`,
 * which comes with every copy of Tidemark and which a test holds to the code.
 */
export function readCatalogue(page = readFileSync(join(ROOT, 'docs/detectors.md'), 'utf8')): DetectorInfo[] {
  const sections = new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
  );
  const questions = new Map(
    [...page.matchAll(/^\| \[`([\w-]+)`\][^|]*\| ([^|]+?) *\|/gm)].map(([, name, question]) => [
      name,
      question,
    ]),
  );
  return detectors.map(({ name, parameters }) => {
    const section = sections.get(name) ?? '';
    const meanings = new Map(
      [...section.matchAll(/^\| `(\w+)` *\| [\d.]+ *\| ([^\n]+?) *\|$/gm)].map(([, parameter, meaning]) => [
        parameter,
        plain(meaning),
      ]),
    );
    return {
      name,
      question: plain(questions.get(name) ?? ''),
      looks: plain(/\*\*Looks at\*\* ([^\n]+)/.exec(section)?.[1] ?? ''),
      parameters: Object.entries(parameters).map(([parameter, value]) => ({
        name: parameter,
        default: value,
        meaning: meanings.get(parameter) ?? '',
        ...rangeOf(parameter),
      })),
    };
  });
}

/** Markdown as the words in it. */
function plain(markdown: string): string {
  return markdown
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/[`*\\]/g, '')
    .trim();
}
