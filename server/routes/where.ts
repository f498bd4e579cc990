import type { RunState } from '../../shared/frames.ts';

/** A condition on a run that cannot be read. */
export class BadCondition extends Error {
  override readonly name = 'BadCondition';
}

const CONDITION = /^([^<>=!~]+?)\s*(<=|>=|!=|<|>|=|~)\s*(.*)$/s;

/**
 * Reads a condition such as `lr<1e-3`, `optimizer=adam`, `model.depth>=4`, `name~resnet` (holds the text) or
 * `best.value<0.2`: of the run's config, or, where that has no such key, of its row of the list. A run that has neither
 * does not keep it. Numbers are compared as numbers, everything else as text.
 * @throws BadCondition
 */
export function readCondition(text: string): (run: RunState) => boolean {
  // Trimmed first: a pattern that allows spaces everywhere takes a fifth of a second over a text of nothing else.
  const match = CONDITION.exec(text.trim());
  if (match === null) throw new BadCondition(text);
  const [, key, operator, wanted] = match;
  return (run) => {
    const value = valueAt(run.config, key) ?? valueAt(run, key);
    if (value === undefined || value === null) return false;
    const [a, b] = [Number(value), Number(wanted)];
    const numbers = typeof value !== 'object' && wanted !== '' && !Number.isNaN(a) && !Number.isNaN(b);
    const said = typeof value === 'string' ? value : JSON.stringify(value);
    switch (operator) {
      case '=':
        return numbers ? a === b : said === wanted;
      case '!=':
        return numbers ? a !== b : said !== wanted;
      case '~':
        return said.includes(wanted);
      case '<':
        return numbers && a < b;
      case '<=':
        return numbers && a <= b;
      case '>':
        return numbers && a > b;
      default:
        return numbers && a >= b;
    }
  };
}

/** The value under a key, or under a path of keys with dots between them. */
function valueAt(object: unknown, key: string): unknown {
  if (typeof object !== 'object' || object === null) return undefined;
  if (Object.hasOwn(object, key)) return (object as Record<string, unknown>)[key];
  const dot = key.indexOf('.');
  if (dot < 0 || !Object.hasOwn(object, key.slice(0, dot))) return undefined;
  return valueAt((object as Record<string, unknown>)[key.slice(0, dot)], key.slice(dot + 1));
}
