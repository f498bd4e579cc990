import type { PointsBuilder } from '../points.ts';
import type { Tags } from './tags.ts';

const FLOAT = 1;
const DOUBLE = 2;
/** What says that a tensor is a scalar: the metadata's field 1, the plugin, with its field 1, the name. */
const SCALARS = Buffer.from([0x0a, 0x09, 0x0a, 0x07, ...Buffer.from('scalars')]);

/**
 * Reads the events that nearly all are, without making anything on the way: a time, a step, and one value that has a
 * short tag and either a simple value and nothing else, or a tensor of one float or double with the plugin `scalars`, as
 * TensorFlow, Keras and PyTorch's new style write them. Field numbers as in `events.ts` and `tensor.ts`.
 */
export class PlainEvents {
  readonly #tags: Tags;
  readonly #points: PointsBuilder;

  constructor(tags: Tags, points: PointsBuilder) {
    this.#tags = tags;
    this.#points = points;
  }

  /** Takes the event in the range [from, to) of the bytes; false: it is another kind, and nothing was read. */
  take(bytes: Buffer, view: DataView, from: number, to: number): boolean {
    if (bytes[from] !== 0x09) return false;
    let at = from + 9;
    let step = 0; // which is not written
    if (bytes[at] === 0x10) {
      at++;
      for (let scale = 1; ; scale *= 128) {
        const byte = bytes[at++];
        step += (byte & 0x7f) * scale;
        if (byte < 0x80) break;
        if (at - from > 18) return false; // negative
      }
    }
    const length = to - at - 2;
    // Lengths below 128 are one byte: that of the summary, of its only value, and of the tag.
    if (bytes[at] !== 0x2a || bytes[at + 1] !== length || length > 127) return false;
    if (bytes[at + 2] !== 0x0a || bytes[at + 3] !== length - 2 || bytes[at + 4] !== 0x0a) return false;
    const tagEnd = at + 6 + bytes[at + 5];
    if (tagEnd === at + 6 || tagEnd + 5 > to) return false;
    let value: number;
    if (bytes[tagEnd] === 0x15 && tagEnd + 5 === to) value = view.getFloat32(tagEnd + 1, true);
    else {
      const place = tensorValue(bytes, tagEnd, to);
      if (place === 0) return false;
      value = place > 0 ? view.getFloat32(place, true) : view.getFloat64(-place, true);
    }
    const time = view.getFloat64(from + 1, true);
    this.#points.add(this.#tags.seriesAt(bytes, at + 6, tagEnd), step, time > 0 ? time : NaN, value);
    return true;
  }
}

/** Where the value of a tensor with metadata lies that fill a range: above 0 a float, below 0 a double; 0: neither. */
function tensorValue(bytes: Buffer, from: number, to: number): number {
  if (bytes[from] !== 0x42) return 0;
  const end = from + 2 + bytes[from + 1];
  const type = bytes[from + 3];
  if (bytes[from + 2] !== 0x08 || (type !== FLOAT && type !== DOUBLE)) return 0;
  const at = bytes[from + 4] === 0x12 && bytes[from + 5] === 0 ? from + 6 : from + 4; // no dimensions
  const width = type * 4;
  const key = bytes[at]; // of the bytes as they are, or of packed values
  if ((key !== 0x22 && key !== (type === FLOAT ? 0x2a : 0x32)) || bytes[at + 1] !== width) return 0;
  if (at + 2 + width !== end || end + 2 + SCALARS.length > to) return 0;
  // The metadata is the plugin, and perhaps the class of data in two more bytes.
  const rest = to - end - 2 - SCALARS.length;
  if (bytes[end] !== 0x4a || bytes[end + 1] !== to - end - 2) return 0;
  if (rest !== 0 && (rest !== 2 || bytes[to - 2] !== 0x20)) return 0;
  for (let i = 0; i < SCALARS.length; i++) if (bytes[end + 2 + i] !== SCALARS[i]) return 0;
  return type === FLOAT ? at + 2 : -(at + 2);
}
