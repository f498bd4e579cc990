import type { PointColumns } from '../../shared/points.ts';
import { sortedBySteps } from './attempt.ts';
import { pointsIn } from './block.ts';
import { spanOf } from './chunk-times.ts';
import { concatenated, type Part } from './columns.ts';
import {
  addPoints,
  COUNT,
  FIRST,
  HIGH,
  LAST,
  LOW,
  mergeNode,
  NODE_POINTS,
  ODD,
  ODD_COUNT,
  WIDTH,
} from './nodes.ts';
import { descend } from './pyramid.ts';
import { type SeriesIndex, spanWhereFalling } from './series-index.ts';

/** The stretch of a series that is asked for. */
export interface Wish {
  /** What `from` and `to` are, and what columns are equal parts of. */
  readonly axis: 'step' | 'time';
  /** Both ends belong to it; ±Infinity: to the end of the series. */
  readonly from: number;
  readonly to: number;
  /** Pixel columns. */
  readonly width: number;
}

/** What a stretch of a series draws like, as real points, ascending by step. */
export interface Window extends Stretch {
  /** What the attempt was when it was read. */
  readonly seen: { readonly length: number; readonly rewrites: number };
}

export interface Stretch extends PointColumns {
  /** Points it stands for: as many as it has, unless it was decimated. */
  readonly total: number;
  /** Chunks that could not be read, in words; empty but for damage. */
  readonly damaged: readonly string[];
}

/** Points kept of a column at the most: first, lowest, highest, first non-finite, last. */
export const PER_COLUMN = 5;

/** Reads chunks by their places in the index; null for one that cannot be read. */
export type ReadChunks = (
  wanted: readonly number[],
) => AsyncIterable<{ readonly chunk: number; readonly points: PointColumns | string }>;

/**
 * Reads a window of a series: all its points when the columns can show them, else of every column the first, last,
 * lowest and highest finite and the first non-finite one (M4: Jugel et al., VLDB 2014), each exact. Nothing extreme is
 * missed: a node is taken as a whole only where it is at most a column long, into the column in which it begins, and is
 * otherwise read. So an extreme may be drawn in place of another that is less than a column away, and never goes. By
 * time, a chunk whose times do not rise is taken or read as a whole, and every point of it looked at.
 * @param tail points that are not sealed; each part is ascending by step
 */
export async function readWindow(
  index: SeriesIndex,
  tail: readonly Part[],
  read: ReadChunks,
  wish: Wish,
): Promise<Stretch> {
  const { from, to, width } = wish;
  const x = wish.axis === 'step' ? 0 : 1;
  const column = (points: PointColumns) => (x === 0 ? points.steps : points.times);
  const isUnordered = ({ timesFall }: Part) => x === 1 && timesFall === true;
  const falling = (chunk: number) => (x === 1 ? spanWhereFalling(index.chunks[chunk]) : null);
  const parts = tail.map((points) => cut(points, column(points), from, to, isUnordered(points)));
  const levels = index.levels[x];
  const { most, start, end } = reach(index, parts, x, from, to);
  const unsealed = parts.reduce((sum, { steps }) => sum + steps.length, 0);
  const damaged: string[] = [];

  // The tail is taken up before anything is waited for: it goes on growing.
  if (most + unsealed <= width * PER_COLUMN) {
    const found: PointColumns[] = [];
    const last = concatenated(parts);
    const chosen: number[] = [];
    descend(levels, x, from, to, (level, place) => level > 0 || chosen.push(place) < 0);
    for await (const { chunk, points } of read(chosen)) {
      if (typeof points === 'string') damaged.push(points);
      else found.push(cut(points, column(points), from, to, falling(chunk) !== null));
    }
    const all = sortedBySteps(concatenated([...found, last]));
    return { ...all, total: all.steps.length, damaged };
  }

  const groups = new Groups(Math.max(from, start), Math.min(to, end), width);
  const last = unsealed > 0 ? groups.empty() : null;
  for (const points of parts) last?.add(points, column(points), 0, points.steps.length, from, to);
  const toRead: number[] = [];
  descend(levels, x, from, to, (level, place) => {
    const span = level === 0 ? falling(place) : null;
    if (span === null && groups.takes(levels[level], place * WIDTH, x, from, to)) return false;
    if (level > 0) return true;
    const { nodes, times } = index.chunks[place];
    if (span !== null) {
      if (times === 'unknown' || !groups.holds(span.least, span.greatest, from, to)) toRead.push(place);
      else groups.merge(span.least, nodes);
      return false;
    }
    let whole = true;
    for (let node = 0; node < nodes.length && whole; node += WIDTH)
      whole = groups.fits(nodes, node, x, from, to);
    if (!whole) toRead.push(place);
    else for (let node = 0; node < nodes.length; node += WIDTH) groups.takes(nodes, node, x, from, to);
    return false;
  });
  for await (const { chunk, points } of read(toRead)) {
    const { nodes } = index.chunks[chunk];
    const unordered = falling(chunk) !== null;
    if (typeof points === 'string') {
      damaged.push(points);
      if (unordered) continue;
      // What is known of it without its points is still right.
      for (let node = 0; node < nodes.length; node += WIDTH)
        if (nodes[node + FIRST + x] <= to && nodes[node + LAST + x] >= from)
          mergeNode(groups.nodes, groups.at(nodes[node + FIRST + x]), nodes, node);
      continue;
    }
    if (unordered) groups.add(points, points.times, 0, points.steps.length, from, to);
    else
      for (let node = 0, first = 0; node < nodes.length; node += WIDTH, first += NODE_POINTS) {
        if (groups.takes(nodes, node, x, from, to)) continue;
        groups.add(points, column(points), first, first + nodes[node + COUNT], from, to);
      }
  }
  for (let node = 0; last && node < groups.nodes.length; node += WIDTH)
    if (last.nodes[node + COUNT] > 0) mergeNode(groups.nodes, node, last.nodes, node);
  return { ...groups.points(), total: pointsIn(groups.nodes), damaged };
}

/** One node for each column; one of no points is all zeros. */
class Groups {
  readonly nodes: Float64Array;
  readonly #start: number;
  readonly #end: number;
  readonly #perUnit: number;
  readonly #columns: number;
  readonly #longest: number;

  constructor(start: number, end: number, columns: number) {
    this.#end = end;
    this.#start = start;
    this.#columns = columns;
    this.#perUnit = columns / (end - start || 1);
    this.#longest = (end - start || 1) / columns;
    this.nodes = new Float64Array(columns * WIDTH);
  }

  /** The same columns without points. */
  empty(): Groups {
    return new Groups(this.#start, this.#end, this.#columns);
  }

  /** Where the column of a place on the axis has its node. */
  at(place: number): number {
    const column = Math.floor((place - this.#start) * this.#perUnit);
    return Math.max(0, Math.min(this.#columns - 1, column)) * WIDTH;
  }

  /** Whether a node is short enough to lie in one column, and wholly within the window. */
  fits(nodes: Float64Array, node: number, x: number, from: number, to: number): boolean {
    return this.holds(nodes[node + FIRST + x], nodes[node + LAST + x], from, to);
  }

  /** The same of whatever begins and ends so. */
  holds(first: number, last: number, from: number, to: number): boolean {
    return last - first <= this.#longest && first >= from && last <= to;
  }

  /** Takes nodes into the column of a place. */
  merge(place: number, nodes: Float64Array): void {
    const at = this.at(place);
    for (let node = 0; node < nodes.length; node += WIDTH) mergeNode(this.nodes, at, nodes, node);
  }

  /** Takes a node that fits. */
  takes(nodes: Float64Array, node: number, x: number, from: number, to: number): boolean {
    if (!this.fits(nodes, node, x, from, to)) return false;
    mergeNode(this.nodes, this.at(nodes[node + FIRST + x]), nodes, node);
    return true;
  }

  add(
    points: PointColumns,
    places: Float64Array,
    start: number,
    end: number,
    from: number,
    to: number,
  ): void {
    for (let i = start; i < end;) {
      if (!(places[i] >= from && places[i] <= to)) {
        i++;
        continue;
      }
      const at = this.at(places[i]);
      let next = i + 1;
      while (next < end && places[next] >= from && places[next] <= to && this.at(places[next]) === at) next++;
      if (this.nodes[at + COUNT] === 0) this.nodes.fill(NaN, at + FIRST, at + WIDTH);
      addPoints(this.nodes, at, points, i, next, true);
      i = next;
    }
  }

  /** The points kept, each once, ascending by step. */
  points(): PointColumns {
    const { nodes } = this;
    let most = 0;
    for (let node = 0; node < nodes.length; node += WIDTH)
      if (nodes[node + COUNT] > 0) most += nodes[node + ODD_COUNT] > 0 ? PER_COLUMN : PER_COLUMN - 1;
    const steps = new Float64Array(most);
    const times = new Float64Array(most);
    const values = new Float64Array(most);
    /** Where one column's points are in its node, by their steps. */
    const order = new Uint8Array(PER_COLUMN);
    let length = 0;
    for (let node = 0; node < nodes.length; node += WIDTH) {
      if (nodes[node + COUNT] === 0) continue;
      const count = ordered(nodes, node, order);
      const begin = length;
      for (let i = 0; i < count; i++) {
        const kept = node + order[i];
        const step = nodes[kept];
        const value = nodes[kept + 2];
        const again = length > begin && steps[length - 1] === step && Object.is(values[length - 1], value);
        if (again) continue;
        steps[length] = step;
        times[length] = nodes[kept + 1];
        values[length] = value;
        length++;
      }
    }
    return sortedBySteps({
      steps: steps.subarray(0, length),
      times: times.subarray(0, length),
      values: values.subarray(0, length),
    });
  }
}

/** Puts the places of a node's points in the order of their steps. @returns how many there are */
function ordered(nodes: Float64Array, node: number, order: Uint8Array): number {
  let count = 0;
  if (nodes[node + ODD_COUNT] === 0) {
    // Nearly every node: none is before the first, none behind the last.
    const swapped = nodes[node + LOW] > nodes[node + HIGH];
    order[0] = FIRST;
    order[1] = swapped ? HIGH : LOW;
    order[2] = swapped ? LOW : HIGH;
    order[3] = LAST;
    return 4;
  }
  for (const place of PLACES) {
    const step = nodes[node + place];
    if (Number.isNaN(step)) continue;
    let at = count++;
    for (; at > 0 && nodes[node + order[at - 1]] > step; at--) order[at] = order[at - 1];
    order[at] = place;
  }
  return count;
}

/** Where a node has its points. */
const PLACES = [FIRST, LOW, HIGH, ODD, LAST] as const;

/** How many sealed points are in the window, or somewhat more; and the first and last place of all of them on the axis. */
function reach(
  { chunks, levels: all }: SeriesIndex,
  parts: readonly Part[],
  x: 0 | 1,
  from: number,
  to: number,
): { most: number; start: number; end: number } {
  const levels = all[x];
  let [most, start, end] = [0, Infinity, -Infinity];
  descend(levels, x, from, to, (level, place) => {
    const nodes = levels[level];
    const at = place * WIDTH;
    const span = level === 0 && x === 1 ? spanWhereFalling(chunks[place]) : null;
    if (span !== null) {
      most += nodes[at + COUNT];
      // What is known of it may be outside, where not all is known.
      start = Math.min(start, Math.max(from, Math.min(to, span.least)));
      end = Math.max(end, Math.min(to, Math.max(from, span.greatest)));
      return false;
    }
    const [first, last] = [nodes[at + FIRST + x], nodes[at + LAST + x]];
    const whole = first >= from && last <= to;
    if (!whole && level > 0) return true;
    most += whole ? nodes[at + COUNT] : overlapping(chunks[place].nodes, x, from, to);
    start = Math.min(start, first);
    end = Math.max(end, last);
    return false;
  });
  for (const { steps, times, timesFall } of parts) {
    if (steps.length === 0) continue;
    const places = x === 0 ? steps : times;
    const span = x === 1 && timesFall ? spanOf(times) : null;
    start = Math.min(start, span?.least ?? places[0]);
    end = Math.max(end, span?.greatest ?? places[places.length - 1]);
  }
  return { most, start, end };
}

/** Points of the nodes that reach into the window: as many as are in it, or somewhat more. */
function overlapping(nodes: Float64Array, x: number, from: number, to: number): number {
  let sum = 0;
  for (let node = 0; node < nodes.length; node += WIDTH)
    if (nodes[node + FIRST + x] <= to && nodes[node + LAST + x] >= from) sum += nodes[node + COUNT];
  return sum;
}

/**
 * The points whose places are in the window: views, not copies, but where places fall.
 * @param unordered whether places may fall
 */
function cut(points: Part, places: Float64Array, from: number, to: number, unordered: boolean): Part {
  const { steps, times, values } = points;
  if (unordered) {
    const inside = Uint32Array.from(places.keys()).filter((i) => places[i] >= from && places[i] <= to);
    const pick = (column: Float64Array) => Float64Array.from(inside, (i) => column[i]);
    return { steps: pick(steps), times: pick(times), values: pick(values), timesFall: true };
  }
  const [start, end] = [bound(places, (place) => place >= from), bound(places, (place) => place > to)];
  const part = (column: Float64Array) => column.subarray(start, end);
  return { steps: part(steps), times: part(times), values: part(values) };
}

/** The first index from which on `reached` holds. */
function bound(places: Float64Array, reached: (place: number) => boolean): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reached(places[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}
