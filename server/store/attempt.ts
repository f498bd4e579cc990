import type { PointColumns } from '../../shared/points.ts';
import { Columns, concatenated, isSorted } from './columns.ts';
import { addPoints, COUNT, emptyNode, LAST } from './nodes.ts';

/** Points that are in the journal only, of one of its segments. */
export interface TailPart {
  readonly segment: number;
  readonly columns: Columns;
}

/**
 * One series in one attempt, as memory has it: what all its points come to, and the points that are not sealed yet,
 * apart by the segment of the journal that has them.
 */
export class Attempt {
  /** Of all points: how many, the first, last, lowest, highest and first non-finite; see nodes.ts. */
  readonly node: Float64Array;
  /** Points that are in chunks. */
  #sealed: number;
  #parts: TailPart[] = [];
  #rewrites = 0;

  constructor(node = emptyNode(), sealed = 0) {
    this.node = node;
    this.#sealed = sealed;
  }

  /** Points of the attempt. */
  get length(): number {
    return this.node[COUNT];
  }

  get sealed(): number {
    return this.#sealed;
  }

  /** The unsealed points, in the order they came to be in segments; each part is ascending by step. */
  get parts(): readonly TailPart[] {
    return this.#parts;
  }

  /** The highest step; undefined before the first point. */
  get lastStep(): number | undefined {
    return this.length > 0 ? this.node[LAST] : undefined;
  }

  /** How often points came late and belong between others; whoever remembers how many it has read must read anew. */
  get rewrites(): number {
    return this.#rewrites;
  }

  /**
   * @param ascending whether the steps of the points are known not to fall
   * @param lasting whether the arrays may be kept, for nobody changes them
   */
  append(
    segment: number,
    points: PointColumns,
    { ascending = false, lasting = false }: { ascending?: boolean; lasting?: boolean } = {},
  ): void {
    const { steps, times, values } = points;
    const sorted = ascending || isSorted(steps);
    if (!sorted || steps[0] < (this.lastStep ?? -Infinity)) this.#rewrites++;
    addPoints(this.node, 0, points, 0, steps.length, sorted);
    let part = this.#parts.at(-1);
    if (part?.segment !== segment) this.#parts.push((part = { segment, columns: new Columns() }));
    part.columns.append(steps, times, values, { ascending: sorted, lasting });
  }

  /** Lets go of the points up to a segment: they are in chunks now. */
  settle(segment: number): void {
    while (this.#parts.length > 0 && this.#parts[0].segment <= segment)
      this.#sealed += this.#parts.shift()!.columns.length;
  }

  /**
   * The points from the `from`-th on, when they are all in memory and none of them came late; null when they must be
   * read with the sealed ones.
   */
  fresh(from: number): PointColumns | null {
    if (from < this.#sealed) return null;
    let skip = from - this.#sealed;
    const found: PointColumns[] = [];
    for (const { columns } of this.#parts) {
      if (skip < columns.length) found.push(...columns.parts(skip));
      skip = Math.max(0, skip - columns.length);
    }
    return found.length === 1 ? found[0] : concatenated(found);
  }
}

/** Sorts points by step; those of one step stay as they are. Returns the same columns when they are sorted. */
export function sortedBySteps(points: PointColumns): PointColumns {
  const { steps, times, values } = points;
  let sorted = true;
  for (let i = 1; i < steps.length && sorted; i++) sorted = steps[i - 1] <= steps[i];
  if (sorted) return points;
  const order = Uint32Array.from(steps, (_, i) => i).sort((a, b) => steps[a] - steps[b] || a - b);
  const pick = (column: Float64Array) => Float64Array.from(order, (i) => column[i]);
  return { steps: pick(steps), times: pick(times), values: pick(values) };
}
