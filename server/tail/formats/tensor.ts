import { BYTES, FIXED32, FIXED64, type Fields, varintAt } from './protobuf.ts';

/** TensorFlow's numbers of the types a scalar comes in (types.proto). */
const FLOAT = 1;
const DOUBLE = 2;
const INT32 = 3;
const INT64 = 9;
const BOOL = 10;
const BFLOAT16 = 14;
const HALF = 19;

/**
 * The number that a tensor of one element holds; null for others.
 * TensorProto by number: 1 dtype, 2 tensor_shape (2 dim: 1 size), 4 tensor_content, 5 float_val, 6 double_val,
 * 7 int_val, 10 int64_val, 11 bool_val, 13 half_val.
 */
export function scalarOf(tensor: Fields): number | null {
  let type = 0;
  let size = 1;
  let value: number | null = null;
  let content: Buffer | null = null;
  while (tensor.next()) {
    const { number, wire, bytes, from, to } = tensor;
    if (number === 1) type = tensor.integer;
    else if (number === 2) size = sizeOf(tensor.inside());
    else if (number === 4) content = bytes.subarray(from, to);
    else if (number === 5 && wire === FIXED32) value = tensor.float;
    else if (number === 5 && wire === BYTES && to - from === 4) value = bytes.readFloatLE(from);
    else if (number === 6 && wire === FIXED64) value = tensor.double;
    else if (number === 6 && wire === BYTES && to - from === 8) value = bytes.readDoubleLE(from);
    else if (number === 7 || number === 10 || number === 11) value = varintAt(bytes, from, to);
    else if (number === 13) {
      const bits = varintAt(bytes, from, to);
      value = type === BFLOAT16 ? bfloat16(bits) : half(bits);
    }
  }
  if (size !== 1) return null;
  if (content === null || content.length === 0) return value;
  return numberIn(content, type);
}

function sizeOf(shape: Fields): number {
  let size = 1;
  while (shape.next()) {
    if (shape.number !== 2) continue;
    const dimension = shape.inside();
    let length = 0;
    while (dimension.next()) if (dimension.number === 1) length = dimension.integer;
    size *= length;
  }
  return size;
}

function numberIn(content: Buffer, type: number): number | null {
  if (type === FLOAT && content.length === 4) return content.readFloatLE(0);
  if (type === DOUBLE && content.length === 8) return content.readDoubleLE(0);
  if (type === INT32 && content.length === 4) return content.readInt32LE(0);
  if (type === INT64 && content.length === 8) return Number(content.readBigInt64LE(0));
  if (type === BOOL && content.length === 1) return content[0];
  if (type === HALF && content.length === 2) return half(content.readUInt16LE(0));
  if (type === BFLOAT16 && content.length === 2) return bfloat16(content.readUInt16LE(0));
  return null;
}

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** The upper half of a binary32. */
function bfloat16(bits: number): number {
  const float = new DataView(new ArrayBuffer(4));
  float.setUint32(0, bits << 16);
  return float.getFloat32(0);
}
