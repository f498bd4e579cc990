import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { detectors } from '../../../server/detectors/index.ts';

const page = readFileSync(new URL('../../../docs/detectors.md', import.meta.url), 'utf8');

/** The sections of second rank, by heading. */
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
);

describe('docs/detectors.md', () => {
  test.each(detectors.map((detector) => [detector.name, detector] as const))(
    'tells and shows the rule, parameters and defaults of %s',
    (name, { parameters }) => {
      const section = sections.get(name) ?? '';
      expect(section).toContain(`](pictures/${name}.svg)`);
      const picture = readFileSync(new URL(`../../../docs/pictures/${name}.svg`, import.meta.url), 'utf8');
      expect(picture.length).toBeLessThan(20_000);
      expect(picture).toContain('<title>');
      for (const word of [
        'Accuracy',
        'Looks at',
        'Rule',
        'Warm-up',
        'Resolved',
        'Known false alarm',
        'on-finite',
      ]) {
        expect(section).toContain(word);
      }
      const listed = [...section.matchAll(/^\| `(\w+)`\s*\| ([\d.]+)\s*\|/gm)].map(
        ([, parameter, value]) => [parameter, Number(value)] as const,
      );
      expect(Object.fromEntries(listed)).toEqual(parameters);
    },
  );

  test('lists the detectors in the order in which they name the cause', () => {
    const listed = [...page.matchAll(/^\| \[`([\w-]+)`\]/gm)].map(([, name]) => name);
    expect(listed).toEqual(detectors.map(({ name }) => name));
  });
});
