import { LIMITS } from '../../shared/limits.ts';
import type { AboutEntry, LineEntry } from './entry.ts';
import { parseJson } from './formats/json.ts';

/** What is left of something that the server would not take, and what to say of it; null: nothing. */
export interface Fitted<T> {
  readonly left: T;
  readonly complaint: string | null;
}

/**
 * Cuts a line that names its run itself to what goes in one frame: a `run` line loses a config that is too large, since
 * the lines behind it need the rest; any other line that is too long is left out. The server would close the connection
 * on either, each time it is sent.
 */
export function fittingLine(entry: LineEntry): Fitted<LineEntry | null> {
  const { text, hello, seq } = entry;
  // No character takes more than three bytes.
  if (text.length * 3 <= (hello ? LIMITS.configBytes : LIMITS.frameBytes)) return whole(entry);
  if (hello) {
    const { config, ...rest } = parseJson(text) as Record<string, unknown>;
    const complaint = tooLarge(config);
    if (complaint !== null) return { left: { ...entry, text: JSON.stringify(rest) }, complaint };
  }
  const bytes = Buffer.byteLength(text);
  if (bytes <= LIMITS.frameBytes) return whole(entry);
  const complaint = `line ${seq ?? 'run'}: must be at most ${LIMITS.frameBytes} bytes, got ${bytes}; it is left out`;
  return { left: null, complaint };
}

/** Adds what a file says of its run to what it has said before, unless its config would be too large. */
export function fittingAbout(before: AboutEntry | null, entry: AboutEntry): Fitted<AboutEntry> {
  const config = { ...before?.config, ...entry.config };
  const complaint = entry.config ? tooLarge(config) : null;
  const kept = complaint === null ? config : before?.config;
  return { left: { ...before, ...entry, config: kept ?? {} }, complaint };
}

function tooLarge(config: unknown): string | null {
  if (config === undefined) return null;
  const bytes = Buffer.byteLength(JSON.stringify(config));
  if (bytes <= LIMITS.configBytes) return null;
  return `config: must be at most ${LIMITS.configBytes} bytes as JSON, got ${bytes}; it is left out`;
}

function whole<T>(left: T): Fitted<T> {
  return { left, complaint: null };
}
