import { LINES } from '../../../shared/lines.ts';
import { type Entry, NoLog, type Reader } from '../entry.ts';
import { parseJson, spellNonFinite } from './json.ts';
import { wholeLines } from './lines.ts';
import { hasStep, objectEntry } from './object.ts';

/**
 * Reads JSON lines. Tidemark's own are handed on as they are, those without a number with their place as number. Any
 * other objects that have a step or an epoch are values at that step. The first line tells which of the two a file
 * holds; one that is neither is no log.
 */
export function jsonLinesReader(): Reader {
  let own: boolean | null = null;
  let speaker = '';
  /** Lines of each writer so far. */
  const counts = new Map<string, number>();
  let objects = 0;

  const ownLine = (line: string, object: Record<string, unknown>): Entry | null => {
    const text = spellNonFinite(line);
    if (object.kind === 'run') {
      const hello = { run: String(object.run), writer: String(object.writer) };
      speaker = `${hello.run}\n${hello.writer}`;
      return { kind: 'line', text, hello };
    }
    const last = counts.get(speaker) ?? 0;
    const seq = typeof object.seq === 'number' ? object.seq : last + 1;
    counts.set(speaker, Math.max(last, seq));
    if (typeof object.seq === 'number') return { kind: 'line', text, seq };
    return { kind: 'line', text: JSON.stringify({ ...(parseJson(line) as object), seq }), seq };
  };

  return {
    read(bytes, take, last) {
      return wholeLines(bytes, last, (line) => {
        if (line.trim() === '') return;
        const object = parseJson(line);
        if (typeof object !== 'object' || object === null || Array.isArray(object)) {
          if (own === null) throw new NoLog('the first line is no JSON object');
          return;
        }
        const record = object as Record<string, unknown>;
        own ??= typeof record.kind === 'string' && record.kind in LINES;
        if (objects++ === 0 && !own && !hasStep(record))
          throw new NoLog('the first object has no step or epoch');
        const entry = own ? ownLine(line, record) : objectEntry(record, objects - 1);
        if (entry !== null) take(entry);
      });
    },
  };
}
