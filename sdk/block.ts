/**
 * Points of many steps that are one line, as a binary frame of points: it can be sent as it is once its series have
 * ids. Until then a series' id is its place in `names`.
 */
export interface Block {
  readonly names: readonly string[];
  readonly frame: Uint8Array<ArrayBuffer>;
}

/** Where a frame holds its columns' ids: the first, and bytes from each to the next. */
const FIRST_ID = 16;
const NEXT_ID = 12;

/** A block's frame under the ids agreed with the server. */
export function frameWith({ names, frame }: Block, idOf: (name: string) => number): Uint8Array<ArrayBuffer> {
  const bytes = frame.slice();
  const view = new DataView(bytes.buffer);
  names.forEach((name, i) => view.setUint32(FIRST_ID + NEXT_ID * i, idOf(name), true));
  return bytes;
}

/** A block as the line that it is: its bytes in base64, for where there are no binary frames. */
export function textOf({ seq, names, frame }: Block & { readonly seq: number }): string {
  const packed = Buffer.from(frame).toString('base64');
  return `{"kind":"log","seq":${seq},"names":${JSON.stringify(names)},"packed":"${packed}"}`;
}

/** Whether a line is a block, as `textOf` writes it: told without reading it. */
export function isBlock({ seq, text }: { readonly seq: number; readonly text: string }): boolean {
  return text.startsWith(`{"kind":"log","seq":${seq},"names":`);
}
