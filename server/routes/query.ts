import type { TObject, TSchema } from 'typebox';
import { bodyChecker, type Checked } from '../gate/check.ts';

/** Reads the query of a request: text becomes numbers and lists where the schema says so. */
export function queryChecker<Query>(schema: TObject): (query: unknown) => Checked<Query> {
  const check = bodyChecker<Query>(schema);
  const properties = schema.properties as Record<string, TSchema & { type?: string; items?: TSchema }>;
  return (query) => {
    const read: Record<string, unknown> = {};
    for (const [name, said] of Object.entries(query as Record<string, string | string[]>)) {
      const property = properties[name] as { type?: string } | undefined;
      if (property === undefined) continue; // a token, or what a newer client knows
      if (property.type === 'array') read[name] = Array.isArray(said) ? said : [said];
      else {
        const one = Array.isArray(said) ? said[said.length - 1] : said;
        const isNumber = property.type === 'number' || property.type === 'integer';
        read[name] = isNumber && one.trim() !== '' && Number.isFinite(Number(one)) ? Number(one) : one;
      }
    }
    return check(JSON.stringify(read));
  };
}
