/** How a field is written; the others of the wire format are no longer in use. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/**
 * Walks over the fields of protocol-buffer messages, without a schema: whoever reads knows which fields it wants and
 * passes over the rest. A range that is no message ends the walk early.
 *
 *     while (fields.next()) if (fields.number === 2) step = fields.integer;
 */
export class Fields {
  /** Of the present field. */
  number = 0;
  wire = 0;
  /** Where its value lies. */
  from = 0;
  to = 0;
  readonly bytes: Buffer;
  #at: number;
  readonly #end: number;

  constructor(bytes: Buffer, from = 0, end = bytes.length) {
    this.bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  /** Goes to the next field; false at the end. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const key = this.#varint();
    this.number = Math.floor(key / 8);
    this.wire = key & 7;
    this.from = this.#at;
    switch (this.wire) {
      case VARINT:
        while (this.#at < this.#end && this.bytes[this.#at] & 0x80) this.#at++;
        this.#at++;
        break;
      case FIXED64:
        this.#at += 8;
        break;
      case FIXED32:
        this.#at += 4;
        break;
      case BYTES: {
        const length = this.#varint();
        this.from = this.#at;
        this.#at += length;
        break;
      }
      default:
        return false;
    }
    this.to = this.#at;
    return this.to <= this.#end;
  }

  /** The present field's value as a varint of a signed 64-bit number, exact up to 2^53. */
  get integer(): number {
    return varintAt(this.bytes, this.from, this.to);
  }

  get double(): number {
    return this.wire === FIXED64 ? this.bytes.readDoubleLE(this.from) : NaN;
  }

  get float(): number {
    return this.wire === FIXED32 ? this.bytes.readFloatLE(this.from) : NaN;
  }

  get text(): string {
    return this.bytes.toString('utf8', this.from, this.to);
  }

  /** The fields of the message that the present field holds. */
  inside(): Fields {
    return new Fields(this.bytes, this.from, this.to);
  }

  /** Reads a varint of up to 32 bits' use: keys and lengths. */
  #varint(): number {
    let value = 0;
    let scale = 1;
    while (this.#at < this.#end) {
      const byte = this.bytes[this.#at++];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
    }
    return value;
  }
}

/** A varint as a signed 64-bit number: ten bytes are a negative one. */
export function varintAt(bytes: Buffer, from: number, to: number): number {
  if (to - from < 10) {
    let value = 0;
    for (let at = to - 1; at >= from; at--) value = value * 128 + (bytes[at] & 0x7f);
    return value;
  }
  let value = 0n;
  for (let at = to - 1; at >= from; at--) value = (value << 7n) | BigInt(bytes[at] & 0x7f);
  return Number(BigInt.asIntN(64, value));
}
