import type { PointColumns } from '../../shared/points.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { packColumn, unpackColumn } from './column.ts';

/**
 * The pyramid's base: what 256 neighbouring points come to, as real points with their steps and times: the first, the
 * last, the lowest and highest finite one, and the first non-finite one. Plain numbers in one array, `WIDTH` a node.
 *
 * A node of 256 costs a sixth of a byte a point on disk; of 64, two thirds, for which finer windows would not be read
 * faster than by decoding their chunks.
 */
export const NODE_POINTS = 256;

/** Numbers of a node: how many points, how many of them not finite, then step, time and value of each kept point. */
export const WIDTH = 17;
export const COUNT = 0;
export const ODD_COUNT = 1;
/** Where the kept points begin; a step of NaN: there is none. */
export const FIRST = 2;
export const LOW = 5;
export const HIGH = 8;
export const LAST = 11;
export const ODD = 14;
const KEPT = [FIRST, LOW, HIGH, LAST] as const;

/** The nodes of points that are ascending by step. */
export function nodesOf({ steps, times, values }: PointColumns): Float64Array {
  const count = steps.length;
  const nodes = new Float64Array(Math.ceil(count / NODE_POINTS) * WIDTH).fill(NaN);
  for (let from = 0, node = 0; from < count; from += NODE_POINTS, node += WIDTH) {
    const to = Math.min(count, from + NODE_POINTS);
    let [low, high, odd, odds] = [-1, -1, -1, 0];
    for (let i = from; i < to; i++) {
      const value = values[i];
      if (value - value !== 0) {
        if (odds++ === 0) odd = i;
      } else {
        if (low < 0 || value < values[low]) low = i;
        if (high < 0 || value > values[high]) high = i;
      }
    }
    nodes[node + COUNT] = to - from;
    nodes[node + ODD_COUNT] = odds;
    for (const [at, i] of [
      [FIRST, from],
      [LOW, low],
      [HIGH, high],
      [LAST, to - 1],
      [ODD, odd],
    ] as const) {
      if (i < 0) continue;
      nodes[node + at] = steps[i];
      nodes[node + at + 1] = times[i];
      nodes[node + at + 2] = values[i];
    }
  }
  return nodes;
}

/** A node of no points. */
export function emptyNode(): Float64Array {
  const node = new Float64Array(WIDTH).fill(NaN);
  node[COUNT] = node[ODD_COUNT] = 0;
  return node;
}

/**
 * Takes the points from index `from` to before `to` into the node at `at`, in whatever order they come.
 * @param ascending whether their steps are known not to fall: then only values are looked at one by one
 */
export function addPoints(
  into: Float64Array,
  at: number,
  { steps, times, values }: PointColumns,
  from: number,
  to: number,
  ascending = false,
): void {
  if (from >= to) return;
  // Called for every point that comes: what is compared is at hand, and what is kept is copied once.
  let [lowest, highest] = [into[at + LOW + 2], into[at + HIGH + 2]];
  let [low, high, odds] = [-1, -1, 0];
  for (let i = from; i < to; i++) {
    const value = values[i];
    if (value - value === 0) {
      if (!(value >= lowest)) {
        lowest = value;
        low = i;
      }
      if (!(value <= highest)) {
        highest = value;
        high = i;
      }
    } else odds++;
  }
  let [first, last] = [from, to - 1];
  if (!ascending) {
    last = from;
    for (let i = from + 1; i < to; i++) {
      if (steps[i] < steps[first]) first = i;
      if (steps[i] >= steps[last]) last = i;
    }
  }
  into[at + COUNT] += to - from;
  into[at + ODD_COUNT] += odds;
  const keep = (place: number, i: number) => {
    into[at + place] = steps[i];
    into[at + place + 1] = times[i];
    into[at + place + 2] = values[i];
  };
  if (low >= 0) keep(LOW, low);
  if (high >= 0) keep(HIGH, high);
  if (!(steps[first] >= into[at + FIRST])) keep(FIRST, first);
  if (!(steps[last] < into[at + LAST])) keep(LAST, last);
  if (odds === 0) return;
  let odd = -1;
  for (let i = from; i < to; i++)
    if (values[i] - values[i] !== 0 && (odd < 0 || steps[i] < steps[odd])) odd = i;
  if (!(steps[odd] >= into[at + ODD])) keep(ODD, odd);
}

/** Takes node `i` of `nodes`, whose points come later or overlap, into the one at `at` of `into`. */
export function mergeNode(into: Float64Array, at: number, nodes: Float64Array, i: number): void {
  if (!(into[at + COUNT] > 0)) {
    for (let k = 0; k < WIDTH; k++) into[at + k] = nodes[i + k];
    return;
  }
  into[at + COUNT] += nodes[i + COUNT];
  into[at + ODD_COUNT] += nodes[i + ODD_COUNT];
  if (nodes[i + FIRST] < into[at + FIRST]) take(into, at + FIRST, nodes, i + FIRST);
  if (nodes[i + LAST] >= into[at + LAST]) take(into, at + LAST, nodes, i + LAST);
  const low = nodes[i + LOW + 2];
  const high = nodes[i + HIGH + 2];
  const odd = nodes[i + ODD];
  if (low < into[at + LOW + 2] || Number.isNaN(into[at + LOW])) take(into, at + LOW, nodes, i + LOW);
  if (high > into[at + HIGH + 2] || Number.isNaN(into[at + HIGH])) take(into, at + HIGH, nodes, i + HIGH);
  if (odd < into[at + ODD] || Number.isNaN(into[at + ODD])) take(into, at + ODD, nodes, i + ODD);
}

function take(into: Float64Array, at: number, from: Float64Array, i: number): void {
  into[at] = from[i];
  into[at + 1] = from[i + 1];
  into[at + 2] = from[i + 2];
}

/** Appends nodes, packed; how many there are is known elsewhere. */
export function packNodes(out: ByteWriter, nodes: Float64Array): void {
  const filled = nodes.slice();
  for (let node = 0; node < filled.length; node += WIDTH) {
    // A node without finite values has no lowest and highest point: its first stands in for them.
    if (!Number.isNaN(filled[node + LOW])) continue;
    take(filled, node + LOW, filled, node + FIRST);
    take(filled, node + HIGH, filled, node + FIRST);
  }
  const column = (fields: readonly number[]) => {
    const values = new Float64Array((filled.length / WIDTH) * fields.length);
    for (let node = 0, i = 0; node < filled.length; node += WIDTH)
      for (const field of fields) values[i++] = filled[node + field];
    return values;
  };
  packColumn(out, column([COUNT]), 'whole');
  packColumn(out, column([ODD_COUNT]), 'whole');
  packColumn(out, column(KEPT), 'whole');
  packColumn(out, column(KEPT.map((at) => at + 1)), 'time');
  packColumn(out, column(KEPT.map((at) => at + 2)), 'whole');
  for (let node = 0; node < nodes.length; node += WIDTH) {
    if (nodes[node + ODD_COUNT] === 0) continue;
    for (let k = 0; k < 3; k++) out.float64(nodes[node + ODD + k]);
  }
}

/** Reads `count` packed nodes. */
export function unpackNodes(from: ByteReader, count: number): Float64Array {
  const nodes = new Float64Array(count * WIDTH).fill(NaN);
  const counts = unpackColumn(from, count);
  const odds = unpackColumn(from, count);
  const columns = [0, 1, 2].map(() => unpackColumn(from, count * KEPT.length));
  for (let n = 0, node = 0, i = 0; n < count; n++, node += WIDTH) {
    nodes[node + COUNT] = counts[n];
    nodes[node + ODD_COUNT] = odds[n];
    for (const at of KEPT) {
      const absent = (at === LOW || at === HIGH) && odds[n] === counts[n];
      for (let k = 0; k < 3 && !absent; k++) nodes[node + at + k] = columns[k][i];
      i++;
    }
    if (odds[n] > 0) for (let k = 0; k < 3; k++) nodes[node + ODD + k] = from.float64();
  }
  return nodes;
}
