/** What a point costs in a chunk and in the pyramid: bytes, and nanoseconds to write and to read. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ByteReader, ByteWriter } from '../../../server/store/bytes.ts';
import { decodeChunk, encodeChunk } from '../../../server/store/chunk.ts';
import { nodesOf, packNodes, unpackNodes, WIDTH } from '../../../server/store/nodes.ts';
import { figure } from '../figures.ts';
import type { PointColumns } from '../../../shared/points.ts';

const HELP = `Bytes, and nanoseconds of processor time, a point: written and read, median of five rounds.

Usage: node dist/scripts/bench/store/codec.js [--curves FILE.jsonl]

  --curves F   one JSON object a line, whose arrays of numbers are curves; left out: made-up ones
`;
const CHUNK = 1024;
const owner = { series: 0, attempt: 0 };

interface Curve {
  readonly values: readonly number[];
}

function readCurves(file: string): Curve[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => Object.values(JSON.parse(line) as Record<string, unknown>))
    .filter((each): each is (number | string)[] => Array.isArray(each) && each.length >= 256)
    .map((values) => ({ values: values.map(Number) }));
}

function makeCurves(): Curve[] {
  return Array.from({ length: 12 }, (_, k) => ({
    values: Array.from({ length: 40_000 }, (_, i) => 2 / (1 + i / 500) + 0.1 * Math.sin(i * i * (k + 1))),
  }));
}

/** Steps of about 130 ms by a clock of nanoseconds, as Python's `time.time()` tells it. */
function pointsOf(values: Float64Array, seed: number): PointColumns {
  let time = 1_790_000_000 + seed;
  return {
    steps: Float64Array.from(values, (_, i) => i),
    times: Float64Array.from(values, (_, i) => (time += 0.13 + 0.002 * Math.sin(i * i + seed))),
    values,
  };
}

/** Microseconds of processor time: steadier than the clock on a machine that is shared. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1];
}

function measure(name: string, curves: readonly Float64Array[]): void {
  const chunks = curves.flatMap((values, seed) => {
    const { steps, times, values: all } = pointsOf(values, seed);
    return Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, i) => {
      const cut = (column: Float64Array) => column.slice(i * CHUNK, (i + 1) * CHUNK);
      return { steps: cut(steps), times: cut(times), values: cut(all) };
    });
  });
  const count = chunks.reduce((sum, { steps }) => sum + steps.length, 0);
  const [encode, nodes, decode]: number[][] = [[], [], []];
  let [bytes, nodeBytes] = [0, 0];
  for (let round = 0; round < 5; round++) {
    const out = new ByteWriter(1 << 24);
    let started = cpu();
    for (const points of chunks) encodeChunk(out, owner, points);
    encode.push(((cpu() - started) * 1e3) / count);
    bytes = out.length;

    started = cpu();
    nodeBytes = 0;
    for (let i = 0; i < chunks.length; i += 16) {
      const parts = chunks.slice(i, i + 16).map(nodesOf);
      const block = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const part of parts) {
        block.set(part, at);
        at += part.length;
      }
      const packed = new ByteWriter();
      packNodes(packed, block);
      unpackNodes(new ByteReader(packed.bytes), block.length / WIDTH);
      nodeBytes += packed.length;
    }
    nodes.push(((cpu() - started) * 1e3) / count);

    const all = out.bytes;
    started = cpu();
    for (let at = 0; at < all.length;) {
      decodeChunk(all.subarray(at), owner);
      at += 8 + new DataView(all.buffer, at).getUint32(0, true);
    }
    decode.push(((cpu() - started) * 1e3) / count);
  }
  figure(name.replace(' ', '-'), (bytes + nodeBytes) / count);
  const perPoint = (size: number) => (size / count).toFixed(2);
  console.log(
    `${name.padEnd(16)} ${perPoint(bytes)} bytes a point, pyramid ${perPoint(nodeBytes)}; ns a point: ` +
      `encode ${median(encode).toFixed(0)}, decode ${median(decode).toFixed(0)}, pyramid ${median(nodes).toFixed(0)}`,
  );
}

const { values } = parseArgs({ options: { curves: { type: 'string' }, help: { type: 'boolean' } } });
if (values.help) process.stdout.write(HELP);
else {
  const curves = values.curves === undefined ? makeCurves() : readCurves(values.curves);
  measure(
    'float32-origin',
    curves.map((curve) => Float64Array.from(curve.values, Math.fround)),
  );
  measure(
    'full doubles',
    curves.map((curve) => Float64Array.from(curve.values, (value, i) => value + 1e-9 * Math.sin(i))),
  );
}
