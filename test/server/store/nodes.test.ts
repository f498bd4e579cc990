import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../../server/store/bytes.ts';
import {
  COUNT,
  FIRST,
  HIGH,
  LAST,
  LOW,
  mergeNode,
  NODE_POINTS,
  nodesOf,
  ODD,
  ODD_COUNT,
  packNodes,
  unpackNodes,
  WIDTH,
} from '../../../server/store/nodes.ts';

const value = fc.oneof(
  fc.double(),
  fc.integer({ min: -3, max: 3 }).map(Number),
  fc.constantFrom(NaN, Infinity, -Infinity),
);
const values = fc.array(value, { minLength: 1, maxLength: 900 });
const points = (all: readonly number[]) => ({
  steps: Float64Array.from(all, (_, i) => 2 * i),
  times: Float64Array.from(all, (_, i) => 1_790_000_000 + i / 7),
  values: Float64Array.from(all),
});
/** What a stretch of points comes to, told plainly. */
function expected(all: readonly number[], from: number, to: number) {
  const part = all.slice(from, to);
  const finite = part.filter(Number.isFinite);
  const odds = part.filter((each) => !Number.isFinite(each));
  return {
    count: part.length,
    odds: odds.length,
    first: part[0],
    last: part.at(-1),
    low: finite.length > 0 ? Math.min(...finite) : NaN,
    high: finite.length > 0 ? Math.max(...finite) : NaN,
    odd: odds.length > 0 ? 2 * (from + part.findIndex((each) => !Number.isFinite(each))) : NaN,
  };
}
const told = (nodes: Float64Array, at: number) => ({
  count: nodes[at + COUNT],
  odds: nodes[at + ODD_COUNT],
  first: nodes[at + FIRST + 2],
  last: nodes[at + LAST + 2],
  low: nodes[at + LOW + 2],
  high: nodes[at + HIGH + 2],
  odd: nodes[at + ODD],
});
const plain = (node: object) => JSON.parse(JSON.stringify(node, (_, each: unknown) => (each === 0 ? 0 : typeof each === 'number' ? String(each) : each))) as object; // prettier-ignore

describe('nodes', () => {
  it('are what their points come to', () => {
    fc.assert(
      fc.property(values, (all) => {
        const nodes = nodesOf(points(all));
        expect(nodes.length / WIDTH).toBe(Math.ceil(all.length / NODE_POINTS));
        for (let n = 0; n * NODE_POINTS < all.length; n++)
          expect(plain(told(nodes, n * WIDTH))).toEqual(
            plain(expected(all, n * NODE_POINTS, (n + 1) * NODE_POINTS)),
          );
      }),
    );
  });

  it('keep real points: the value of every kept one is at its step', () => {
    fc.assert(
      fc.property(values, (all) => {
        const nodes = nodesOf(points(all));
        for (let node = 0; node < nodes.length; node += WIDTH)
          for (const at of [FIRST, LOW, HIGH, LAST, ODD])
            if (!Number.isNaN(nodes[node + at])) {
              expect(nodes[node + at + 2]).toBe(all[nodes[node + at] / 2]);
              expect(nodes[node + at + 1]).toBe(1_790_000_000 + nodes[node + at] / 2 / 7);
            }
      }),
    );
  });

  it('are the same packed and unpacked', () => {
    fc.assert(
      fc.property(values, (all) => {
        const nodes = nodesOf(points(all));
        const out = new ByteWriter(8);
        packNodes(out, nodes);
        expect(unpackNodes(new ByteReader(out.bytes), nodes.length / WIDTH)).toEqual(nodes);
      }),
    );
  });

  it('merged are the node of all their points', () => {
    fc.assert(
      fc.property(values, (all) => {
        const nodes = nodesOf(points(all));
        const into = new Float64Array(WIDTH);
        for (let node = 0; node < nodes.length; node += WIDTH) mergeNode(into, 0, nodes, node);
        expect(plain(told(into, 0))).toEqual(plain(expected(all, 0, all.length)));
      }),
    );
  });
});
