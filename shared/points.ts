/** The binary `points` frame. Apart from the other frames, so that the page has no schemas to load with it. */

/** One series' share of a `points` frame. */
export interface PointsPart {
  readonly series: string;
  readonly rank: number;
  readonly attempt: number;
  /** Points of this part in the frame. */
  readonly count: number;
  /** Points it stands for: equal to `count` unless it was decimated. */
  readonly total: number;
  /** Drop what was sent of this series, rank, attempt and window before: these points replace it. */
  readonly replace: boolean;
  /** The place in the view's `windows` of the one it is for; absent: it is of one of the view's `runs`. */
  readonly window?: number;
}

export interface PointsHeader {
  readonly kind: 'points';
  readonly view: number;
  readonly run: string;
  readonly parts: readonly PointsPart[];
}

/** Steps, times (s) and values of one part, each `count` long. */
export interface PointColumns {
  readonly steps: Float64Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/**
 * Encodes a `points` frame: a little-endian uint32, the header's length in bytes; the header as JSON; zero bytes up
 * to a multiple of 8; then for each part its steps, times and values as little-endian float64.
 */
export function encodePoints(header: PointsHeader, columns: readonly PointColumns[]): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify(header));
  const start = align(4 + head.length);
  const total = columns.reduce((sum, column) => sum + column.steps.length, 0);
  const bytes = new Uint8Array(start + total * 24);
  new DataView(bytes.buffer).setUint32(0, head.length, true);
  bytes.set(head, 4);
  const floats = new Float64Array(bytes.buffer, start);
  let at = 0;
  for (const { steps, times, values } of columns) {
    floats.set(steps, at);
    floats.set(times, at + steps.length);
    floats.set(values, at + 2 * steps.length);
    at += 3 * steps.length;
  }
  return bytes;
}

/** Decodes a `points` frame; the columns are views of `buffer`, not copies. */
export function decodePoints(buffer: ArrayBuffer): { header: PointsHeader; columns: PointColumns[] } {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as PointsHeader;
  let at = align(4 + length);
  const take = (count: number): Float64Array => {
    const column = new Float64Array(buffer, at, count);
    at += count * 8;
    return column;
  };
  const columns = header.parts.map(({ count }) => ({
    steps: take(count),
    times: take(count),
    values: take(count),
  }));
  return { header, columns };
}

/** Rounds up to a multiple of 8, where float64 arrays may begin. */
function align(offset: number): number {
  return (offset + 7) & ~7;
}
