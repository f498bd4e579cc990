import { isStep, numberIn, STEP_NAMES } from './formats/cell.ts';
import { hasStep, objectEntry } from './formats/object.ts';
import { parseJson } from './formats/json.ts';

/** What a line that a training prints says. */
export interface Printed {
  readonly step?: number;
  readonly epoch?: number;
  readonly values: Readonly<Record<string, number>>;
}

const NUMBER = '[+-]?(?:\\d+\\.?\\d*(?:[eE][+-]?\\d+)?|\\.\\d+(?:[eE][+-]?\\d+)?|nan|NaN|inf|Inf|Infinity)';
/** `name=value`, `name: value`, with what may stand before a name and behind a number. */
const SPLIT_WORD = '(?:train(?:ing)?|val(?:id(?:ation)?)?|test|eval|learning|grad) ';
const PAIR = new RegExp(
  `(?<![\\w./%-])((?:${SPLIT_WORD})?[a-z_][\\w./@-]*)\\s*[=:]\\s*(${NUMBER})(?=$|[\\s,;|)\\]}%]|\\.(?:\\s|$))`,
  'gi',
);
/** `Epoch 3/10`, `epoch: 3`, `[Epoch 3]`; `Step 100`, `iter 100/1000`. */
const EPOCH = new RegExp(`\\bepoch\\s*[:=#]?\\s*\\[?(${NUMBER})`, 'i');
const STEP = /\b(?:global[_ ]step|step|iteration|iter|batch)\s*[:=#]?\s*\[?(\d+)(?!\d*\.\d)/i;
/** A bar's `120/500 [`, as tqdm and Keras draw it. */
// eslint-disable-next-line no-control-regex
const BAR = /(?:^|[\s|])(\d+)\/(\d+)\s*(?:\[|━|\x1b|$)/;
// eslint-disable-next-line no-control-regex
const COLOURS = /\x1b\[[0-9;?]*[A-Za-z]/g;
/** Costs of time and place that are printed on every line and are no measure of the training. */
const NOT_SERIES = /^(?:eta|time|elapsed|date|pid|rank|seed|port|version|took)$/i;

/**
 * Reads a line of a training's output: `key=value` and `key: value` pairs, JSON and Python dictionaries, and the
 * progress lines of Keras, Lightning, tqdm and the Hugging Face Trainer. A number must be named to count.
 * @returns null for a line that says no values
 */
export function readPrinted(raw: string): Printed | null {
  const line = raw.replace(COLOURS, '').trim();
  if (line === '' || line.length > 16_384) return null;
  return readObject(line) ?? readPairs(line);
}

function readObject(line: string): Printed | null {
  const found = /\{.*\}/.exec(line)?.[0];
  if (found === undefined) return null;
  // Python prints dictionaries with single quotes, and None, True and False.
  const python = found
    .replace(/'/g, '"')
    .replace(/\bNone\b/g, 'null')
    .replace(/\b(True|False)\b/g, (word) => word.toLowerCase())
    .replace(/\b(nan|inf)\b/g, (word) => (word === 'nan' ? 'NaN' : 'Infinity'));
  const parsed = parseJson(found) ?? parseJson(python);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
  const object = Object.fromEntries(
    Object.entries(parsed).map(([key, value]) => {
      const number = typeof value === 'string' ? numberIn(value) : null;
      return [key, number ?? (value as unknown)];
    }),
  );
  const entry = objectEntry(object, 0);
  if (entry === null) return null;
  const { step, epoch, values } = entry;
  const own = hasStep(object) && STEP_NAMES.some((name) => name !== 'epoch' && isStep(stepOf(object[name])));
  return { values, ...(own && { step }), ...(epoch !== undefined && { epoch }) };
}

function stepOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function readPairs(line: string): Printed | null {
  const values: Record<string, number> = {};
  let some = false;
  for (const [, name, text] of line.matchAll(PAIR)) {
    const series = name.replace(/ /g, '_');
    const number = numberIn(text);
    if (number === null || NOT_SERIES.test(series) || isPosition(series)) continue;
    values[series] = number;
    some = true;
  }
  if (!some) return null;
  const epoch = numberIn(EPOCH.exec(line)?.[1] ?? '');
  const step = numberIn(STEP.exec(line)?.[1] ?? '') ?? numberIn(BAR.exec(line)?.[1] ?? '');
  return {
    values,
    ...(isStep(step) && { step }),
    ...(epoch !== null && Number.isFinite(epoch) && epoch >= 0 && { epoch }),
  };
}

function isPosition(series: string): boolean {
  return STEP_NAMES.includes(series.toLowerCase()) || series.toLowerCase() === 'batch';
}
