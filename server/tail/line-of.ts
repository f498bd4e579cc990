import { LIMITS } from '../../shared/limits.ts';
import { SERIES_NAME } from '../../shared/lines.ts';
import type { LogEntry } from './entry.ts';

/** Names that may go on the wire, as JSON, by what the file calls them. */
const NAMES = new Map<string, string>();
const MOST_NAMES = 50_000;

/** The `log` line of an entry, as text. Of more values than a line may carry the first ones are taken. */
export function lineOf({ step, time, epoch, values }: LogEntry, seq: number): string {
  let text = '';
  let count = 0;
  for (const name in values) {
    if (++count > LIMITS.lineValues) break;
    const value = values[name];
    const wire = Number.isFinite(value) ? String(value) : `"${value}"`;
    text += text === '' ? `${nameOf(name)}:${wire}` : `,${nameOf(name)}:${wire}`;
  }
  const when = time === undefined ? '' : `,"time":${time}`;
  const of = epoch === undefined ? '' : `,"epoch":${epoch}`;
  return `{"kind":"log","seq":${seq},"step":${step}${when}${of},"values":{${text}}}`;
}

function nameOf(name: string): string {
  let known = NAMES.get(name);
  if (known === undefined) {
    if (NAMES.size >= MOST_NAMES) NAMES.clear();
    known = JSON.stringify(seriesName(name));
    NAMES.set(name, known);
  }
  return known;
}

/** What a series may be called on the wire that a file calls so. */
export function seriesName(name: string): string {
  if (name.length <= LIMITS.nameLength && SERIES_NAME.test(name)) return name;
  // eslint-disable-next-line no-control-regex
  return name.replace(/[\u0000-\u001f\u007f]/g, '?').slice(0, LIMITS.nameLength) || '?';
}
