import type { PointColumns } from '../../shared/points.ts';

/** Points of a block, and of a first block to begin with. */
const MOST = 4096;
const FEW = 64;

/** Points from which on arrays that may be kept are, rather than copied: for fewer the objects would take more. */
const WORTH_KEEPING = 32;

/**
 * Steps, times and values of one series in one attempt, ascending by step. In blocks of typed arrays, for one array that
 * doubles would be copied as a whole while everybody waits: ten series of a million points are 240 MB. What is read from
 * the journal is kept where it is: its series share their steps and times.
 */
export class Columns {
  readonly #most: number;
  readonly #blocks: Block[] = [];
  #length = 0;
  #rewrites = 0;

  /** @param most points of a block, at least 2 */
  constructor(most = MOST) {
    this.#most = most;
  }

  get length(): number {
    return this.#length;
  }

  /** How often points came late and were put between others; whoever remembers an index must read anew. */
  get rewrites(): number {
    return this.#rewrites;
  }

  /**
   * @param ascending whether the steps are known not to fall
   * @param lasting whether the arrays may be kept, for nobody changes them
   */
  append(
    steps: Float64Array,
    times: Float64Array,
    values: Float64Array,
    { ascending = false, lasting = false }: { ascending?: boolean; lasting?: boolean } = {},
  ): void {
    let from = 0;
    while (from < steps.length) {
      let to = from;
      if (ascending && steps[from] >= this.#lastStep) to = steps.length;
      else for (let last = this.#lastStep; to < steps.length && steps[to] >= last; to++) last = steps[to];
      if (to === from) this.#insert(steps[from], times[from], values[to++]);
      else if (lasting && to - from >= WORTH_KEEPING) this.#keep({ steps, times, values }, from, to);
      else this.#push(steps, times, values, from, to);
      from = to;
    }
  }

  /** The points from index `from` on, one behind the other: views where a block holds them all, to be read at once. */
  read(from = 0): PointColumns {
    const parts = this.parts(from);
    return parts.length === 1 ? parts[0] : concatenated(parts);
  }

  /**
   * The same in parts, all of them views: not to be kept across an `append`.
   * @param byTime whether to look if their times fall: each point is looked at once, when that is first asked
   */
  parts(from = 0, byTime = false): Part[] {
    const parts: Part[] = [];
    let before = this.#length;
    for (let i = this.#blocks.length - 1; i >= 0 && before > from; i--) {
      const block = this.#blocks[i];
      before -= block.length;
      const part = view(block, Math.max(0, from - before), block.length);
      parts.push(byTime && timesFall(block) ? { ...part, timesFall: true } : part);
    }
    return parts.reverse();
  }

  get #lastStep(): number {
    const block = this.#blocks.at(-1);
    return block ? block.steps[block.length - 1] : -Infinity;
  }

  /** Adds points behind all others. */
  #push(steps: Float64Array, times: Float64Array, values: Float64Array, from: number, to: number): void {
    for (let at = from; at < to;) {
      let block = this.#blocks.at(-1);
      if (block === undefined || !block.own || block.length === this.#most)
        this.#blocks.push((block = emptyBlock(block?.own ? this.#most : Math.min(FEW, this.#most))));
      if (block.length + to - at > block.steps.length) enlarge(block, block.length + to - at, this.#most);
      const count = Math.min(to - at, block.steps.length - block.length);
      block.steps.set(steps.subarray(at, at + count), block.length);
      block.times.set(times.subarray(at, at + count), block.length);
      block.values.set(values.subarray(at, at + count), block.length);
      block.length += count;
      at += count;
    }
    this.#length += to - from;
  }

  /** Keeps points behind all others where they are. */
  #keep(points: PointColumns, from: number, to: number): void {
    for (let at = from; at < to; at += this.#most) {
      const end = Math.min(to, at + this.#most);
      const { steps, times, values } = view(points, at, end);
      this.#blocks.push({ steps, times, values, length: end - at, own: false, rising: 0 });
    }
    this.#length += to - from;
  }

  /** Puts a point that came late behind every point of a step not above its own. */
  #insert(step: number, time: number, value: number): void {
    let i = this.#blocks.length - 1;
    while (i > 0 && this.#blocks[i].steps[0] > step) i--;
    let block = this.#blocks[i];
    if (!block.own) this.#blocks[i] = block = ownBlock(block, block.length);
    if (block.length === this.#most) {
      const half = this.#most >> 1;
      const rest = emptyBlock(this.#most);
      copy(view(block, half, block.length), rest, 0);
      rest.length = block.length - half;
      block.length = half;
      block.rising = 0;
      this.#blocks.splice(i + 1, 0, rest);
      if (rest.steps[0] <= step) block = rest;
    }
    enlarge(block, block.length + 1, this.#most);
    const at = after(block, step);
    for (const column of [block.steps, block.times, block.values])
      column.copyWithin(at + 1, at, block.length);
    block.steps[at] = step;
    block.times[at] = time;
    block.values[at] = value;
    block.length++;
    block.rising = 0;
    this.#length++;
    this.#rewrites++;
  }
}

/** Points, ascending by step. */
export interface Part extends PointColumns {
  /** That their times are not ascending too; left out where they are, or nobody has asked. */
  readonly timesFall?: boolean;
}

/** Never empty once it is among the others; the arrays have room for more. */
interface Block extends PointColumns {
  steps: Float64Array;
  times: Float64Array;
  values: Float64Array;
  length: number;
  /** Whether its arrays may be written to: they are nobody else's. */
  readonly own: boolean;
  /** Points at its front whose times are known not to fall; -1: they do somewhere. */
  rising: number;
}

/** Whether the times of a block fall. Only the points that have come since it was last asked are looked at. */
function timesFall(block: Block): boolean {
  const { times, length } = block;
  for (let i = Math.max(1, block.rising); i < length && block.rising >= 0; i++)
    if (!(times[i - 1] <= times[i])) block.rising = -1;
  if (block.rising >= 0) block.rising = length;
  return block.rising < 0;
}

function emptyBlock(room: number): Block {
  const [steps, times, values] = [0, 1, 2].map(() => new Float64Array(room));
  return { steps, times, values, length: 0, own: true, rising: 0 };
}

/** A copy with so much room. */
function ownBlock(block: Block, room: number): Block {
  const copied = emptyBlock(room);
  copy(view(block, 0, block.length), copied, 0);
  copied.length = block.length;
  return copied;
}

/** Makes room for so many points, as far as a block goes. */
function enlarge(block: Block, wanted: number, most: number): void {
  const room = block.steps.length;
  if (wanted <= room || room >= most) return;
  const { steps, times, values } = ownBlock(block, Math.min(most, Math.max(wanted, room * 2)));
  [block.steps, block.times, block.values] = [steps, times, values];
}

/** Some of the points; the arrays themselves, where it is all. */
function view({ steps, times, values }: PointColumns, from: number, to: number): PointColumns {
  if (from === 0 && to === steps.length) return { steps, times, values };
  return {
    steps: steps.subarray(from, to),
    times: times.subarray(from, to),
    values: values.subarray(from, to),
  };
}

function copy(from: PointColumns, into: PointColumns, at: number): void {
  into.steps.set(from.steps, at);
  into.times.set(from.times, at);
  into.values.set(from.values, at);
}

/** Columns one behind the other. */
export function concatenated(parts: readonly PointColumns[]): PointColumns {
  const all = emptyBlock(parts.reduce((sum, { steps }) => sum + steps.length, 0));
  let at = 0;
  for (const part of parts) {
    copy(part, all, at);
    at += part.steps.length;
  }
  return { steps: all.steps, times: all.times, values: all.values };
}

/** Whether numbers never fall. */
export function isSorted(numbers: Float64Array): boolean {
  for (let i = 1; i < numbers.length; i++) if (!(numbers[i - 1] <= numbers[i])) return false;
  return true;
}

/** The index behind every point of a block of a step not above `step`. */
function after({ steps, length }: Block, step: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle] <= step) low = middle + 1;
    else high = middle;
  }
  return low;
}
