import type { Delivery } from './delivery.ts';
import type { Source } from './source.ts';
import { keyOf, runOf } from './writer-key.ts';

/** Lines of one frame that name their run themselves, and their characters, but for the last of them. */
const OWN_LINES = 2048;
const OWN_CHARACTERS = 512 * 1024;

/** Lines that go to the server together. */
export interface Frame {
  /** About how many it has. */
  readonly bytes: number;
  /** Whose lines it has. */
  readonly runs: readonly string[];
  /** Resolves when it is sent. */
  readonly send: (delivery: Delivery) => Promise<{ durable: Promise<void> }>;
  readonly acknowledged: () => void;
}

/** Lines that name their run themselves, as they are. */
export function ownFrame(source: Source): Frame {
  let count = 0;
  for (let characters = 0; count < source.own.length; count++) {
    if (count === OWN_LINES || characters >= OWN_CHARACTERS) break;
    characters += source.own[count].text.length;
  }
  const lines = source.own.splice(0, count);
  const lasts = new Map<string, number>();
  let { hello } = lines[0];
  const parts: string[] = [];
  if (hello === undefined && source.speaker !== null) parts.push(source.speaker.text);
  hello ??= source.speaker?.hello;
  for (const line of lines) {
    parts.push(line.text);
    if (line.hello) {
      source.speaker = line;
      ({ hello } = line);
    } else if (hello && line.seq !== undefined) {
      const key = keyOf(hello.run, hello.writer);
      lasts.set(key, Math.max(line.seq, lasts.get(key) ?? 0));
    }
  }
  const text = parts.join('\n');
  return {
    bytes: text.length,
    runs: [...lasts.keys()].map(runOf),
    send: (delivery) => Promise.resolve({ durable: delivery.send(text, lasts) }),
    acknowledged: () => undefined,
  };
}
