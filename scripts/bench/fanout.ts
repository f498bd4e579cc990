/**
 * What viewers cost the server: one run of many series that are logged at a steady rate, looked at by many at once, from
 * a process of their own; the processor of the server with them, less that without.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { figure } from './figures.ts';
import { processorOf } from './process.ts';
import { startServer } from './server.ts';

const HELP = `Fan-out: share of a core that the server spends on viewers, frames and bytes of each.

Usage: node dist/scripts/bench/fanout.js [options]

  --seconds S   how long to measure, without viewers and with (default 20)
  --series N    series of the run                             (default 200)
  --hertz H     steps a second                                (default 10)
  --viewers N   how many look at all of them                  (default 200)
  --width W     pixels of each                                (default 1000)
`;

/** Until sockets are open, code is compiled and first frames are sent. */
const WARM_UP_MS = 3000;

/** What the viewers have received since they were last asked. */
interface Received {
  readonly frames: number;
  readonly bytes: number;
  /** Frames of the viewer that got least. */
  readonly least: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '20' },
      series: { type: 'string', default: '200' },
      hertz: { type: 'string', default: '10' },
      viewers: { type: 'string', default: '200' },
      width: { type: 'string', default: '1000' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const [seconds, series, hertz, viewers, width] = [values.seconds, values.series, values.hertz, values.viewers, values.width].map(Number); // prettier-ignore
  const server = await startServer();
  const children: ChildProcess[] = [];
  const start = async (...args: (string | number)[]): Promise<ChildProcess> => {
    const child = fork(import.meta.filename, args.map(String));
    children.push(child);
    await once(child, 'message');
    return child;
  };
  /** Share of a core that the server uses. */
  const used = async (): Promise<number> => {
    const [before, started] = [processorOf(server.pid), performance.now()];
    await delay(seconds * 1000);
    return ((processorOf(server.pid) - before) / (performance.now() - started)) * 1000;
  };
  try {
    await start('trainer', server.url, series, hertz);
    await delay(WARM_UP_MS);
    const without = await used();
    const watching = await start('viewers', server.url, viewers, width);
    await delay(WARM_UP_MS);
    await ask(watching);
    const withThem = await used();
    const { frames, bytes, least } = await ask(watching);
    const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
    console.log(`${series} series × ${hertz} Hz × ${viewers} viewers, ${seconds} s`);
    console.log(`  server, of a core: ${percent(withThem - without)} for the viewers (${percent(withThem)} with, ${percent(without)} without)`); // prettier-ignore
    console.log(`  a viewer: ${(frames / viewers / seconds).toFixed(1)} frames of points a second, the least ${(least / seconds).toFixed(1)}`); // prettier-ignore
    figure('share', withThem - without);
    console.log(`  a viewer: ${(bytes / viewers / seconds / 1024).toFixed(1)} KiB/s; all: ${(bytes / seconds / 2 ** 20).toFixed(1)} MiB/s`); // prettier-ignore
  } finally {
    for (const child of children) child.kill();
    await server.close();
  }
}

/** What came since the last time it was asked. */
async function ask(watching: ChildProcess): Promise<Received> {
  watching.send('tell');
  return ((await once(watching, 'message')) as [Received])[0];
}

/** Logs a step of all series at a steady rate, until it is killed. */
async function train(url: string, series: number, hertz: number): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/trainer`, { perMessageDeflate: false });
  await once(socket, 'open');
  socket.send(JSON.stringify({ kind: 'run', protocol: 1, run: 'looked-at', writer: 'w', project: 'bench' }));
  await once(socket, 'message');
  const started = performance.now();
  for (let step = 0; ; step++) {
    const values = Object.fromEntries(
      Array.from({ length: series }, (_, i) => [`quantity-${i}/value`, Math.sin(step / 20 + i)]),
    );
    socket.send(JSON.stringify({ kind: 'log', seq: step + 1, step, time: Date.now() / 1000, values }));
    if (step === 0) process.send?.('ready');
    await delay(Math.max(0, started + ((step + 1) * 1000) / hertz - performance.now()));
  }
}

/** Looks at the run from many sockets, and counts. */
async function look(url: string, viewers: number, width: number): Promise<void> {
  const frames = new Uint32Array(viewers);
  let bytes = 0;
  await Promise.all(
    Array.from({ length: viewers }, async (_, i) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/api/viewer`, { perMessageDeflate: false });
      socket.on('message', (data: Buffer, binary) => {
        if (binary) frames[i]++;
        bytes += data.length;
      });
      await once(socket, 'open');
      socket.send(JSON.stringify({ kind: 'view', view: 1, runs: ['looked-at'], width }));
    }),
  );
  process.on('message', () => {
    const received: Received = {
      frames: frames.reduce((a, b) => a + b, 0),
      bytes,
      least: Math.min(...frames),
    };
    process.send?.(received);
    frames.fill(0);
    bytes = 0;
  });
  process.send?.('ready');
}

const [role, url, ...rest] = process.argv.slice(2);
if (role === 'trainer') await train(url, Number(rest[0]), Number(rest[1]));
else if (role === 'viewers') await look(url, Number(rest[0]), Number(rest[1]));
else await main();
