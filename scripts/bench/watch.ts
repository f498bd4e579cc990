import { mkdirSync, statSync, writeSync, openSync, closeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AddedFile } from '../../server/tail/added-file.ts';
import { Delivery } from '../../server/tail/delivery.ts';
import { maskedCrc32c } from '../../server/tail/formats/crc32c.ts';
import { locate } from '../../server/tail/locate.ts';
import { Marks } from '../../server/tail/marks.ts';
import { Watch } from '../../server/tail/watch.ts';
import { processorOf } from './process.ts';
import { startServer } from './server.ts';

/**
 * How fast event files are read, in megabytes (10^6 bytes) and points a second: decoded only, as after a restart; decoded
 * and made ready to go; and all the way to a server of its own process, durable and analysed. Three files: one of nothing
 * but scalars, the most work a byte, with a validation every two hundred steps; the same in the new style, as tensors; one
 * in which every hundred scalars come with 64 kB of histograms, as in many real ones. Last, one look at a folder of many quiet runs.
 */
const HELP = `Watched event files: megabytes and points a second, by the clock and by processor time.

Usage: node dist/scripts/bench/watch.js [options]

  --size MB   of each file                    (default 1000)
  --runs N    quiet runs in one folder        (default 2000)
`;

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '2000' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  process.stdout.write(HELP);
  process.exit();
}
const [megabytes, quietRuns] = [options.size, options.runs].map(Number);
/** Logged at every step, and at every two hundredth beside them. */
const TAGS = ['train/loss', 'train/acc', 'lr', 'grad_norm', 'throughput'];
const VALIDATION = 'val/loss';
const EVERY = 200;

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

function record(payload: Buffer): Buffer {
  const bytes = Buffer.alloc(payload.length + 16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  bytes.writeUInt32LE(payload.length, 0);
  bytes.writeUInt32LE(maskedCrc32c(view, 0, 8), 8);
  payload.copy(bytes, 12);
  bytes.writeUInt32LE(maskedCrc32c(view, 12, 12 + payload.length), 12 + payload.length);
  return bytes;
}

/** An event of one value whose summary ends in `rest`. */
function event(step: number, tag: string, rest: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head[0] = 0x09;
  head.writeDoubleLE(1.7e9 + step / 10, 1);
  const value = Buffer.concat([Buffer.from([0x0a, tag.length]), Buffer.from(tag), rest]);
  const summary = Buffer.concat([Buffer.from([0x0a, ...varint(value.length)]), value]);
  const tail = Buffer.from([0x2a, ...varint(summary.length)]);
  return record(Buffer.concat([head, Buffer.from([0x10, ...varint(step)]), tail, summary]));
}

const value = (step: number) => 0.1 + 2 / (step + 1) ** 0.3 + 0.01 * Math.sin(step * 12.9898);

function scalar(step: number, tag: string): Buffer {
  const rest = Buffer.alloc(5);
  rest[0] = 0x15;
  rest.writeFloatLE(value(step), 1);
  return event(step, tag, rest);
}

/** The new style: a tensor of no dimensions, and the plugin's name. */
function tensor(step: number, tag: string): Buffer {
  const number = Buffer.alloc(4);
  number.writeFloatLE(value(step));
  const before = [0x42, 10, 0x08, 1, 0x12, 0, 0x22, 4];
  const behind = [0x4a, 11, 0x0a, 9, 0x0a, 7, ...Buffer.from('scalars')];
  return event(step, tag, Buffer.from([...before, ...number, ...behind]));
}

const HISTOGRAM = Buffer.concat([Buffer.from([0x2a, ...varint(65_536)]), Buffer.alloc(65_536, 1)]);

/** Writes an event file of about `bytes`; answers the scalars in it. */
function write(path: string, bytes: number, style: typeof scalar, histograms: boolean): number {
  mkdirSync(join(path, '..'), { recursive: true });
  const file = openSync(path, 'w');
  let written = 0;
  let points = 0;
  for (let step = 0; written < bytes;) {
    const parts: Buffer[] = [];
    for (let k = 0; k < 2000; k++, step++) {
      for (const tag of TAGS) parts.push(style(step, tag));
      points += TAGS.length;
      if (step % EVERY === EVERY - 1) {
        parts.push(style(step, VALIDATION));
        points++;
      }
      if (histograms && step % 20 === 19) parts.push(event(step, 'weights', HISTOGRAM));
    }
    written += writeSync(file, Buffer.concat(parts));
  }
  closeSync(file);
  return points;
}

/** Writes an event file of a hundred scalars. */
function few(path: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, Buffer.concat(Array.from({ length: 100 }, (_, step) => scalar(step, 'train/loss'))));
}

async function decode(path: string, have: number): Promise<void> {
  const { size, mtimeMs } = statSync(path);
  const source = new AddedFile(locate(path)!, { path, size, modified: mtimeMs });
  source.have = have;
  while (source.hungry) {
    await source.fill();
    while (source.speaks()) source.take(Infinity);
  }
}

function watchOf(url: string, root: string, folder: string): { watch: Watch; delivery: Delivery } {
  const warn = (text: string) => console.error(text);
  const delivery = new Delivery({ url, token: null, warn });
  const marks = new Marks(join(folder, `marks-${root.length}.json`));
  const known = () => Promise.resolve(new Set<string>());
  return {
    delivery,
    watch: new Watch({ roots: [root], delivery, marks, known, quietMs: 9e5, warn, now: Date.now }),
  };
}

const server = await startServer();
/** By the clock, and by processor time, which others on the machine do not change: this process's, and the server's. */
async function rate(
  what: string,
  points: number,
  bytes: number,
  work: () => Promise<unknown>,
): Promise<void> {
  const begun = performance.now();
  const before = process.cpuUsage();
  const served = processorOf(server.pid);
  await work();
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(before);
  const by = (time: number) =>
    `${(bytes / 1e6 / time).toFixed(0).padStart(5)} MB/s ${(points / 1000 / time).toFixed(0).padStart(6)} k points/s`;
  const its = processorOf(server.pid) - served;
  const ofServer = what.endsWith('durable') ? `   of the server’s ${by(its)}` : '';
  console.log(
    `${what.padEnd(33)} ${by(seconds)}   of own processor time ${by((user + system) / 1e6)}${ofServer}`,
  );
}
try {
  for (const [name, style, histograms, share] of [
    ['scalars', scalar, false, 0.1],
    ['tensors', tensor, false, 0.1],
    ['histograms', scalar, true, 1],
  ] as const) {
    const path = join(server.folder, name, 'run/events.out.tfevents.1.bench');
    const points = write(path, megabytes * 1e6, style, histograms);
    const { size } = statSync(path);
    await rate(`${name}: decoded`, points, size, () => decode(path, Infinity));
    await rate(`${name}: queued`, points, size, () => decode(path, 0));
    // The server's pace does not depend on how much there is; its memory does.
    const sent = join(server.folder, `${name}-sent`, 'run/events.out.tfevents.1.bench');
    const fewer = write(sent, megabytes * 1e6 * share, style, histograms);
    const { watch, delivery } = watchOf(server.url, join(server.folder, `${name}-sent`), server.folder);
    await rate(`${name}: to the server, durable`, fewer, statSync(sent).size, () => watch.look());
    delivery.close();
  }
  const root = join(server.folder, 'many');
  for (let i = 0; i < quietRuns; i++) few(join(root, `run-${i}/events.out.tfevents.1.x`));
  const { watch, delivery } = watchOf(server.url, root, server.folder);
  let begun = performance.now();
  await watch.look();
  console.log(`${quietRuns} runs of 100 points: first look ${Math.round(performance.now() - begun)} ms`);
  begun = performance.now();
  await watch.look();
  console.log(`${quietRuns} runs: a look with nothing new ${Math.round(performance.now() - begun)} ms`);
  delivery.close();
} finally {
  await server.close();
}
