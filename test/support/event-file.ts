import { maskedCrc32c } from '../../server/tail/formats/crc32c.ts';

export interface Scalar {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
  /** Seconds since 1970; 0: none. */
  readonly time: number;
  /** What stands after the tag instead of a simple value. */
  readonly written?: readonly number[];
}

/**
 * An event file as a SummaryWriter writes it: a TFRecord for each scalar.
 * @param behind bytes that follow on the value
 */
export function eventFile(scalars: readonly Scalar[], behind: readonly number[] = []): Buffer {
  return Buffer.concat(scalars.map((scalar) => record(event(scalar, behind))));
}

function event({ tag, step, value, time, written }: Scalar, behind: readonly number[]): Buffer {
  const head = Buffer.alloc(9);
  head[0] = 0x09;
  head.writeDoubleLE(time, 1);
  const simple = Buffer.alloc(5);
  simple[0] = 0x15;
  simple.writeFloatLE(value, 1);
  const rest = Buffer.from([...(written ?? simple), ...behind]);
  const summary = field(0x0a, Buffer.concat([field(0x0a, Buffer.from(tag)), rest]));
  return Buffer.concat([
    ...(time === 0 ? [] : [head]),
    Buffer.from(step === 0 && written ? [] : [0x10, ...varint(step)]), // a zero is left out, as protocol buffers do
    field(0x2a, summary),
  ]);
}

function field(key: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([key, ...varint(bytes.length)]), bytes]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

/**
 * A number as a tensor with the metadata of a plugin, to be `written` in place of a simple value.
 * @param key of the field that holds the number: 0x22 the bytes as they are, 0x2a packed floats, 0x32 packed doubles
 * @param shape the bytes of the tensor's shape; null: it has none
 * @param more bytes after the plugin's name in the metadata
 */
export function tensor(
  value: number,
  type: 'float' | 'double',
  key: number,
  { shape = null as readonly number[] | null, plugin = 'scalars', more = [] as readonly number[] } = {},
): number[] {
  const number = type === 'float' ? Float32Array.of(value) : Float64Array.of(value);
  const bytes = Buffer.concat([
    Buffer.from([0x08, type === 'float' ? 1 : 2]),
    ...(shape ? [field(0x12, Buffer.from(shape))] : []),
    field(key, Buffer.from(number.buffer)),
  ]);
  const name = field(0x0a, field(0x0a, Buffer.from(plugin)));
  return [...field(0x42, bytes), ...field(0x4a, Buffer.concat([name, Buffer.from(more)]))];
}

/** A payload as a TFRecord. */
export function record(payload: Buffer): Buffer {
  const bytes = Buffer.alloc(payload.length + 16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setBigUint64(0, BigInt(payload.length), true);
  view.setUint32(8, maskedCrc32c(view, 0, 8), true);
  payload.copy(bytes, 12);
  view.setUint32(12 + payload.length, maskedCrc32c(view, 12, 12 + payload.length), true);
  return bytes;
}
