/** The binary `points` frame. Apart from the other frames, so that the page has no schemas to load with it. */

/** Steps, times (s) and values of points, each as long as the others. */
export interface PointColumns {
  readonly steps: Float64Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Points of one series in one attempt. */
export interface PointsPart extends PointColumns {
  /** The place of the series in the run's list, as the `series` frame has it. */
  readonly series: number;
  readonly attempt: number;
  /** Points it stands for: as many as it has unless it was decimated. */
  readonly total: number;
  /** Drop what was sent of this series, attempt and window before: these points replace it. */
  readonly replace: boolean;
  /** The place in the view's `windows` of the one it is for; null: it is of one of the view's `runs`. */
  readonly window: number | null;
}

export interface PointsFrame {
  readonly view: number;
  readonly run: string;
  /** Neighbours of the same steps and times may have the very same arrays of them. */
  readonly parts: readonly PointsPart[];
}

/** The first byte: a frame of points. */
const POINTS = 1;
const REPLACE = 1;

/** Where the view's number is: all that differs between the frames of viewers that are sent the same. */
const VIEW_AT = 4;
const HEAD = 8;
const BLOCK_HEAD = 24;

/**
 * Encodes a `points` frame: a head, then blocks. A block holds all parts that follow each other and differ in nothing
 * but series and values, as those of one logged step do. Little-endian; all but the head's numbers at multiples of 8:
 *
 *     head   uint8 1 · uint8 0 · uint16 bytes of the run's id · uint32 view · the id in UTF-8
 *     block  uint32 parts · points of each · total · attempt · window + 1, or 0 · flags (1: replace)
 *            uint32 series of each part
 *            float64 steps · times · values of the first part, of the second …
 */
export function encodePoints({ view, run, parts }: PointsFrame): Uint8Array<ArrayBuffer> {
  const id = new TextEncoder().encode(run);
  const blocks: (readonly PointsPart[])[] = [];
  let size = align(HEAD + id.length);
  for (let from = 0; from < parts.length;) {
    let to = from + 1;
    while (to < parts.length && isAlike(parts[from], parts[to])) to++;
    blocks.push(parts.slice(from, to));
    size += align(BLOCK_HEAD + (to - from) * 4) + (2 + to - from) * parts[from].steps.length * 8;
    from = to;
  }
  const bytes = new Uint8Array(size);
  const numbers = new Uint32Array(bytes.buffer, 0, size >> 2);
  const floats = new Float64Array(bytes.buffer, 0, size >> 3);
  bytes[0] = POINTS;
  new DataView(bytes.buffer).setUint16(2, id.length, true);
  numbers[VIEW_AT >> 2] = view;
  bytes.set(id, HEAD);
  let at = align(HEAD + id.length);
  for (const block of blocks) {
    const { steps, times, total, attempt, window, replace } = block[0];
    const count = steps.length;
    numbers.set([block.length, count, total, attempt, (window ?? -1) + 1, replace ? REPLACE : 0], at >> 2);
    at += BLOCK_HEAD;
    for (let i = 0; i < block.length; i++) numbers[(at >> 2) + i] = block[i].series;
    at = align(at + block.length * 4);
    floats.set(steps, at >> 3);
    floats.set(times, (at >> 3) + count);
    at += 2 * count * 8;
    for (const { values } of block) {
      if (count === 1) floats[at >> 3] = values[0];
      else floats.set(values, at >> 3);
      at += count * 8;
    }
  }
  return bytes;
}

/** The same frame for a viewer whose view has another number. */
export function withView(frame: Uint8Array, view: number): Uint8Array<ArrayBuffer> {
  const copy = frame.slice();
  new DataView(copy.buffer).setUint32(VIEW_AT, view, true);
  return copy;
}

/**
 * Decodes a `points` frame; the columns are views of `buffer`, not copies.
 * @throws Error that names the field, when it is none
 */
export function decodePoints(buffer: ArrayBuffer): PointsFrame {
  const size = buffer.byteLength;
  const must = (holds: boolean, field: string, rule: string, value: number): void => {
    if (!holds) throw new Error(`points frame: ${field} must be ${rule}, got ${value}`);
  };
  must(size >= HEAD && size % 8 === 0, 'bytes', `at least ${HEAD} and a multiple of 8`, size);
  const head = new DataView(buffer);
  must(head.getUint8(0) === POINTS, 'kind', String(POINTS), head.getUint8(0));
  const length = head.getUint16(2, true);
  must(HEAD + length <= size, 'bytes of the run', `at most ${size - HEAD}`, length);
  const run = new TextDecoder().decode(new Uint8Array(buffer, HEAD, length));
  const parts: PointsPart[] = [];
  for (let at = align(HEAD + length); at < size;) {
    must(at + BLOCK_HEAD <= size, 'bytes left for a block', `at least ${BLOCK_HEAD}`, size - at);
    const [many, count, total, attempt, window, flags] = new Uint32Array(buffer, at, BLOCK_HEAD / 4);
    const start = align(at + BLOCK_HEAD + many * 4);
    const end = start + (2 + many) * count * 8;
    must(many > 0, 'parts of a block', 'at least 1', many);
    must(end <= size, 'bytes of a block', `at most ${size - at}`, end - at);
    must(total >= count, 'total', `at least ${count}`, total);
    must(flags <= REPLACE, 'flags', `at most ${REPLACE}`, flags);
    const series = new Uint32Array(buffer, at + BLOCK_HEAD, many);
    const column = (i: number): Float64Array => new Float64Array(buffer, start + i * count * 8, count);
    const [replace, of] = [flags === REPLACE, window === 0 ? null : window - 1];
    const [steps, times] = [column(0), column(1)];
    for (let i = 0; i < many; i++)
      parts.push({
        series: series[i],
        attempt,
        total,
        replace,
        window: of,
        steps,
        times,
        values: column(2 + i),
      });
    at = end;
  }
  return { view: head.getUint32(VIEW_AT, true), run, parts };
}

/** Whether two parts fit into one block. */
function isAlike(a: PointsPart, b: PointsPart): boolean {
  return (
    a.attempt === b.attempt &&
    a.total === b.total &&
    a.replace === b.replace &&
    a.window === b.window &&
    a.values.length === b.values.length &&
    isSame(a.steps, b.steps) &&
    isSame(a.times, b.times)
  );
}

/** Whether two columns hold the same numbers, bit for bit but for the kind of NaN. */
function isSame(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** Rounds up to a multiple of 8, where float64 arrays may begin. */
function align(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}
