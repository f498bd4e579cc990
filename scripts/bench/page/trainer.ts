import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A trainer of the bench's own: JSON columns over a socket, each frame waited for. */
export interface BenchTrainer {
  /** Sends steps `from` to `to` of every series, and resolves when they are durable. */
  log(from: number, to: number): Promise<void>;
  /** Sends one step, waiting for nothing. */
  send(step: number): void;
  close(): void;
}

/** Rows of a line. */
const ROWS = 2_000;

/** @param value of a series, by its place, at a step */
export async function benchTrainer(
  url: string,
  run: string,
  series: readonly string[],
  value: (series: number, step: number) => number,
  rank = 0,
): Promise<BenchTrainer> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/trainer`);
  let acked = 0;
  let heard: () => void = () => undefined;
  socket.on('message', (data: Buffer) => {
    for (const line of data.toString().split('\n')) {
      const answer = JSON.parse(line) as { kind: string; seq?: number; message?: string };
      if (answer.kind === 'error') throw new Error(`trainer: ${answer.message}`);
      if (answer.kind === 'ack') acked = answer.seq ?? acked;
    }
    heard();
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ kind: 'run', protocol: 1, run, rank, writer: `w${rank}`, project: 'bench' }));
  let seq = 0;
  return {
    async log(from, to) {
      for (let first = from; first < to; first += ROWS) {
        const steps = Array.from({ length: Math.min(ROWS, to - first) }, (_, i) => first + i);
        const values = Object.fromEntries(
          series.map((name, i) => [name, steps.map((step) => value(i, step))]),
        );
        socket.send(JSON.stringify({ kind: 'log', seq: ++seq, steps, values }));
        // A few frames are under way at a time.
        while (acked < seq - 3) await new Promise<void>((resolve) => (heard = resolve));
      }
      while (acked < seq) await new Promise<void>((resolve) => (heard = resolve));
    },
    send(step) {
      const values = Object.fromEntries(series.map((name, i) => [name, value(i, step)]));
      socket.send(JSON.stringify({ kind: 'log', seq: ++seq, step, values }));
    },
    close: () => socket.close(),
  };
}
