import { describe, expect, it } from 'vitest';
import { detectors } from '../../../server/detectors/index.ts';
import { readCatalogue } from '../../../server/settings/catalogue.ts';

describe('the catalogue', () => {
  const catalogue = readCatalogue();

  it.each(detectors.map(({ name, parameters }) => [name, parameters] as const))(
    'explains %s and every parameter, with its default in its range',
    (name, parameters) => {
      const info = catalogue.find((one) => one.name === name)!;
      expect(info.question).toMatch(/\?$/);
      expect(info.looks).not.toBe('');
      expect(Object.fromEntries(info.parameters.map((one) => [one.name, one.default]))).toEqual(parameters);
      for (const { least, most, meaning, default: value } of info.parameters) {
        expect(meaning).not.toBe('');
        expect(value).toBeGreaterThanOrEqual(least);
        expect(value).toBeLessThanOrEqual(most);
      }
    },
  );
});
