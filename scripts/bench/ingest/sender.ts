/**
 * A process of trainers in one event loop, each a socket, that send as much as is acknowledged or at a steady rate.
 * Forked with its load as JSON; says 'ready', begins when it is sent anything, and tells what it did at the end.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { framer, pointsOf, SERIES, type Shape, VALIDATION } from './frames.ts';

export interface Load extends Shape {
  readonly url: string;
  /** How long it sends. */
  readonly seconds: number;
  /** Numbers of the trainers. */
  readonly first: number;
  readonly count: number;
  /** Points a second and trainer; 0: as many as are acknowledged. */
  readonly rate: number;
  /** Frames of a trainer that are not yet acknowledged, at the most. */
  readonly window: number;
  /** Whether that holds at a steady rate too: then a server that cannot keep up is sent less, not more and more. */
  readonly held?: boolean;
}

export interface Told {
  readonly sent: number;
  /** Points a second trainer by trainer, of which the least and most. */
  readonly slowest: number;
  readonly fastest: number;
  /** Milliseconds from each frame to its acknowledgement. */
  readonly acks: readonly number[];
}

/** A process of trainers that are connected. */
export interface Sender {
  /** Has them send; rejects where a trainer is cut off or refused. */
  go(): Promise<Told>;
  kill(): void;
}

export async function startSender(load: Load): Promise<Sender> {
  const child = fork(import.meta.filename, ['send', JSON.stringify(load)]);
  let killed = false;
  const failed = once(child, 'exit').then(([code]) => {
    if (killed) return new Promise<never>(() => undefined);
    throw new Error(`trainers: must send to the end, but ended with ${code}`);
  });
  failed.catch(() => undefined); // told by `go`
  await Promise.race([once(child, 'message'), failed]);
  return {
    async go() {
      const told = once(child, 'message') as Promise<[Told]>;
      child.send('go');
      return (await Promise.race([told, failed]))[0];
    },
    kill() {
      killed = true;
      child.kill();
    },
  };
}

async function send(load: Load): Promise<void> {
  const { url, form, seconds, first, count, rate, rows, window, held } = load;
  const acks: number[] = [];
  /** Numbers a frame takes. */
  const numbers = form === 'metric' ? 1 : rows;
  const trainers = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/api/trainer`, { perMessageDeflate: false });
      await once(socket, 'open');
      const run = `ingest-${form}-${first + i}`;
      socket.send(JSON.stringify({ kind: 'run', protocol: 1, run, writer: 'w', project: 'bench' }));
      if (form === 'binary')
        socket.send(JSON.stringify({ kind: 'series', first: 0, names: [...SERIES, ...VALIDATION] }));
      await once(socket, 'message');
      return { socket, make: framer(load, first + i), sent: 0, acked: 0, times: [] as number[] };
    }),
  );
  // The sender's own code is compiled before anything is measured.
  for (let i = 0; i < 2_000; i++) trainers[i % count].make(i);
  process.send?.('ready');
  await once(process, 'message');
  const started = performance.now();
  const ending = started + seconds * 1000;
  await Promise.all(
    trainers.map(async (trainer, i) => {
      const { socket, make, times } = trainer;
      let done: () => void = () => undefined;
      const over = new Promise<void>((resolve) => (done = resolve));
      const fill = () => {
        if (rate > 0) return;
        while (performance.now() < ending && trainer.sent - trainer.acked < window) push();
      };
      const push = () => {
        times.push(performance.now());
        socket.send(make(trainer.sent++));
      };
      const cut = (code: number) => {
        throw new Error(`trainer: must stay connected, but was cut off (${code})`);
      };
      socket.on('close', cut);
      let pacing = rate > 0;
      // Paced, the last frame goes before the end and may be acknowledged before it.
      const isOver = () =>
        !pacing && (rate > 0 || performance.now() >= ending) && trainer.acked === trainer.sent;
      socket.on('message', (data: Buffer) => {
        for (const text of data.toString().split('\n')) {
          const answer = JSON.parse(text) as { kind: string; seq: number };
          if (answer.kind === 'error' || answer.kind === 'gap') throw new Error(text);
          if (answer.kind !== 'ack') continue;
          const frames = Math.floor(answer.seq / numbers);
          const now = performance.now();
          for (; trainer.acked < frames; trainer.acked++) acks.push(now - times[trainer.acked]);
        }
        fill();
        if (isOver()) done();
      });
      fill();
      if (rate > 0) {
        const interval = ((rows * SERIES.length) / rate) * 1000;
        await delay((interval * i) / trainers.length);
        for (let due = performance.now(); due < ending; due += interval) {
          const rest = due - performance.now();
          if (rest > 1) await delay(rest);
          while (held && trainer.sent - trainer.acked >= window) await once(socket, 'message');
          push();
        }
        pacing = false;
        if (isOver()) done();
      }
      await over;
      socket.off('close', cut);
      socket.close();
    }),
  );
  const each = trainers.map(({ acked }) => pointsOf(acked, rows) / ((performance.now() - started) / 1000));
  acks.sort((a, b) => a - b);
  const told: Told = {
    sent: trainers.reduce((sum, { acked }) => sum + pointsOf(acked, rows), 0),
    slowest: Math.min(...each),
    fastest: Math.max(...each),
    acks: Array.from(
      { length: 1001 },
      (_, i) => acks[Math.min(acks.length - 1, Math.floor((i * acks.length) / 1000))],
    ),
  };
  process.send?.(told);
  process.disconnect();
}

if (process.argv[1] === import.meta.filename && process.argv[2] === 'send')
  await send(JSON.parse(process.argv[3]) as Load);
