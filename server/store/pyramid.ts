import { FIRST, LAST, mergeNode, WIDTH } from './nodes.ts';

/**
 * The upper levels of a pyramid: of a level of nodes, each two neighbours as one, and so on up to a few. The first level
 * is the one given; a node of level n stands for 2^n of it, the last for what is left. Twice the memory of the first.
 */
export function levelsOf(nodes: Float64Array): readonly Float64Array[] {
  const levels = [nodes];
  for (let below = nodes; below.length > FEW * WIDTH; levels.push(below)) below = halved(below);
  return levels;
}

/** Nodes of the highest level at the most. */
const FEW = 8;

function halved(nodes: Float64Array): Float64Array {
  const half = new Float64Array(Math.ceil(nodes.length / WIDTH / 2) * WIDTH);
  for (let node = 0; node < nodes.length; node += WIDTH) {
    const into = ((node / WIDTH) >> 1) * WIDTH;
    mergeNode(half, into, nodes, node);
  }
  return half;
}

/** Whether each node ends, on an axis, no later than the next one begins: else nothing is known of two by their ends. */
export function isAscending(nodes: Float64Array, axis: 0 | 1): boolean {
  for (let node = WIDTH; node < nodes.length; node += WIDTH)
    if (nodes[node - WIDTH + LAST + axis] > nodes[node + FIRST + axis]) return false;
  return true;
}

/**
 * Goes through the nodes that reach into a stretch, from the highest level down, in their order.
 * @param visit is told of a node, by its level and its place there; true: go on to the two it is made of
 */
export function descend(
  levels: readonly Float64Array[],
  axis: 0 | 1,
  from: number,
  to: number,
  visit: (level: number, place: number) => boolean,
): void {
  const go = (level: number, place: number): void => {
    const nodes = levels[level];
    const at = place * WIDTH;
    if (at >= nodes.length || nodes[at + FIRST + axis] > to || nodes[at + LAST + axis] < from) return;
    if (!visit(level, place) || level === 0) return;
    go(level - 1, 2 * place);
    go(level - 1, 2 * place + 1);
  };
  const top = levels.length - 1;
  for (let place = 0; place * WIDTH < levels[top].length; place++) go(top, place);
}
