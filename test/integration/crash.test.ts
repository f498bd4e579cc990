import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { randomFrom } from '../support/random.ts';
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts';

/** More of them with TIDEMARK_KILLS. */
const KILLS = Number(process.env.TIDEMARK_KILLS ?? 12);
/** Megabytes of journal: so little that a kill often meets a seal. */
const SEGMENT = ['--segment', '0.1'];
const TRAINERS = 4;

let folder: ReturnType<typeof temporaryFolder>;
let server: ServerProcess;
beforeEach(() => (folder = temporaryFolder()));
afterEach(async () => {
  await server.end('SIGKILL');
  folder.remove();
});

/**
 * A trainer that keeps what is not acknowledged and, after a reconnect, goes by the welcome, as docs/protocol.md asks.
 */
class Trainer {
  readonly run: string;
  /** Highest number acknowledged. */
  acknowledged = 0;
  logged = 0;
  #sent = 0;
  #socket: WebSocket | null = null;
  #closed = false;

  constructor(run: string) {
    this.run = run;
  }

  connect(url: string): void {
    if (this.#closed) return;
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/trainer`);
    socket.on('error', () => undefined);
    socket.on('open', () =>
      socket.send(JSON.stringify({ kind: 'run', protocol: 1, run: this.run, writer: 'w' })),
    );
    socket.on('message', (data: Buffer) => {
      for (const line of data.toString().split('\n')) {
        const answer = JSON.parse(line) as { kind: string; seq: number };
        if (answer.kind === 'ack') this.acknowledged = Math.max(this.acknowledged, answer.seq);
        if (answer.kind === 'welcome') {
          expect(answer.seq, 'what was acknowledged is in the welcome').toBeGreaterThanOrEqual(
            this.acknowledged,
          );
          // What was kept before a kill that came before its acknowledgement is acknowledged by this.
          this.#sent = this.acknowledged = answer.seq;
          this.#socket = socket;
          this.send();
        }
      }
    });
    socket.on('close', () => (this.#socket = null));
  }

  log(lines: number): void {
    this.logged += lines;
    this.send();
  }

  send(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#sent === this.logged) return;
    const lines: string[] = [];
    while (this.#sent < this.logged) lines.push(JSON.stringify(line(++this.#sent)));
    this.#socket.send(lines.join('\n'));
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
  }
}

/** The line of each number: all of a trainer's points follow from how many it has logged. */
function line(seq: number) {
  const value = (at: number) => (at % 97 === 0 ? 'NaN' : Math.sin(at) / 3);
  const values = {
    'train/loss': value(seq),
    lr: 1 / seq,
    ...(seq % 10 === 0 && { 'val/loss': value(seq + 1) }),
  };
  return { kind: 'log', seq, time: 1_790_000_000 + seq / 7, step: seq, values };
}

interface Points {
  attempts: { attempt: number; steps: number[]; times: number[]; values: (number | string)[] }[];
}

describe('a server killed again and again', () => {
  it(
    `loses and repeats no acknowledged point over ${KILLS} kills under load`,
    async () => {
      const random = randomFrom(20_260_713);
      server = await startServer(folder.path, { args: SEGMENT });
      const trainers = Array.from({ length: TRAINERS }, (_, i) => new Trainer(`run-${i}`));
      for (const trainer of trainers) trainer.connect(server.url);

      let kills = 0;
      while (kills < KILLS) {
        const killAfter = 30 + random() * 220;
        const started = performance.now();
        // On a busy machine a turn may take as long as all of them are to.
        for (let turn = 0; turn < 4 || performance.now() - started < killAfter; turn++) {
          for (const trainer of trainers) trainer.log(1 + Math.floor(random() * 40));
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        const before = trainers.map(({ acknowledged }) => acknowledged);
        await server.end('SIGKILL');
        kills++;
        server = await startServer(folder.path, { args: SEGMENT });
        // Before anything is sent again: all that was acknowledged is there.
        await Promise.all(trainers.map((trainer, i) => compare(trainer, before[i])));
        for (const trainer of trainers) trainer.connect(server.url);
      }

      await expect
        .poll(() => trainers.every(({ acknowledged, logged }) => acknowledged === logged), {
          timeout: 100_000,
        })
        .toBe(true);
      for (const trainer of trainers) await compare(trainer, trainer.logged, trainer.logged);
      for (const trainer of trainers) trainer.close();
      expect(trainers.every(({ logged }) => logged > KILLS * 30)).toBe(true);
    },
    120_000 + KILLS * 30_000,
  );

  /** The stored points are those of lines 1 to n, each once, with `least` ≤ n ≤ `most`. */
  async function compare(trainer: Trainer, least: number, most = Infinity): Promise<void> {
    for (const [series, every] of [
      ['train/loss', 1],
      ['lr', 1],
      ['val/loss', 10],
    ] as const) {
      const response = await fetch(
        `${server.url}/api/runs/${trainer.run}/points?series=${encodeURIComponent(series)}`,
      );
      if (least < every && response.status === 404) continue;
      const { attempts } = (await response.json()) as Points;
      expect(attempts).toHaveLength(1);
      const count = attempts[0].steps.length;
      expect(count).toBeGreaterThanOrEqual(Math.floor(least / every));
      expect(count).toBeLessThanOrEqual(Math.floor(most / every));
      const lines = Array.from({ length: count }, (_, i) => line((i + 1) * every));
      expect(attempts[0].steps).toEqual(lines.map(({ step }) => step));
      expect(attempts[0].times).toEqual(lines.map(({ time }) => time));
      expect(attempts[0].values).toEqual(lines.map(({ values }) => values[series]));
    }
  }
});
