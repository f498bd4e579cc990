/**
 * How many points a second the server takes in, durable before they are acknowledged, with every detector on: many
 * trainers over sockets, from processes of their own, that send prepared frames and count acknowledgements.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { encodeLogFrame } from '../../shared/log-frame.ts';
import { seeded } from '../demo/random.ts';
import { startServer } from './server.ts';

const HELP = `Ingest: points a second accepted durably, CPU of the server, acknowledgements, event loop.

Usage: node dist/scripts/bench/ingest.js [options]

  --form F        binary, metric, steps, or all            (default all)
                  binary columns; JSON columns; JSON lines of one step
  --seconds S     how long to send                         (default 60)
  --trainers N    sockets, one run each                    (default 16)
  --senders N     processes they share                     (default 1)
  --rate R        points a second in all; 0: what it takes (default 0)
  --rows N        steps of a frame                         (default 100)
  --window N      frames of a trainer not yet acknowledged (default 20)
  --float32       binary values as float32                 (default float64)
`;

/** Series of every step, and those of the last step of every tenth frame: with 100 steps a frame, every 1000th step. */
const SERIES = ['train/loss', 'train/accuracy', 'lr', 'grad_norm', 'step_time', 'tokens_per_s', 'gpu/memory', 'weights/norm', 'data_time', 'loss_scale']; // prettier-ignore
const VALIDATION = ['val/loss', 'val/accuracy'];
const validates = (frame: number): boolean => frame % 10 === 9;

type Form = 'binary' | 'metric' | 'steps';

interface Load {
  readonly url: string;
  readonly form: Form;
  readonly seconds: number;
  /** Numbers of the trainers. */
  readonly first: number;
  readonly count: number;
  /** Points a second and trainer; 0: as many as are acknowledged. */
  readonly rate: number;
  readonly rows: number;
  readonly window: number;
  readonly float32: boolean;
}

interface Told {
  readonly sent: number;
  /** Points a second trainer by trainer, of which the least and most. */
  readonly slowest: number;
  readonly fastest: number;
  /** Milliseconds from each frame to its acknowledgement. */
  readonly acks: readonly number[];
}

/** A value of a training that goes neither well nor badly: every detector has it to judge, and little to say. */
function noisy(random: ReturnType<typeof seeded>, series: number): number {
  return (series + 1) * (1 + 0.05 * random.normal());
}

/** Makes the frames of one trainer: the values are prepared, numbers and steps are filled in. */
function framer({ form, rows, float32 }: Load, trainer: number): (frame: number) => string | Uint8Array {
  const random = seeded(trainer + 1);
  const time = 1_790_000_000;
  // By frame modulo 20, so that each has its validation or none.
  const pool = Array.from({ length: 20 }, (_, frame) => ({
    values: Array.from({ length: rows }, () => SERIES.map((_, i) => noisy(random, i))),
    checks: validates(frame) ? VALIDATION.map((_, i) => noisy(random, i)) : [],
  }));
  const made = (frame: number) => frame % pool.length;
  if (form === 'binary') {
    const frames = pool.map(({ values, checks }) => {
      const columns = SERIES.map((_, id) => {
        const column = values.map((row) => row[id]);
        return { id, rows: null, values: float32 ? new Float32Array(column) : new Float64Array(column) };
      });
      const last = Uint32Array.of(rows - 1);
      const validation = checks.map((value, i) => ({
        id: SERIES.length + i,
        rows: last,
        values: Float64Array.of(value),
      }));
      const [steps, times] = [new Float64Array(rows), new Float64Array(rows)];
      return encodeLogFrame({ seq: 1, numbered: true, steps, times, columns: [...columns, ...validation] });
    });
    return (frame) => {
      const bytes = frames[made(frame)].slice();
      const view = new DataView(bytes.buffer);
      view.setFloat64(8, frame * rows + 1, true);
      const start = Math.ceil((16 + 12 * view.getUint16(2, true)) / 8) * 8;
      const steps = new Float64Array(bytes.buffer, start, rows);
      const times = new Float64Array(bytes.buffer, start + rows * 8, rows);
      for (let i = 0; i < rows; i++) {
        steps[i] = frame * rows + i;
        times[i] = time + (frame * rows + i) / 1000;
      }
      return bytes;
    };
  }
  if (form === 'metric') {
    const texts = pool.map(({ values, checks }) =>
      [
        ...SERIES.map((name, i) => `"${name}":[${values.map((row) => row[i]).join(',')}]`),
        ...checks.map((value, i) => `"${VALIDATION[i]}":[${'null,'.repeat(rows - 1)}${value}]`),
      ].join(','),
    );
    return (frame) => {
      const at = Array.from({ length: rows }, (_, i) => frame * rows + i);
      const steps = at.join(',');
      const times = at.map((_, i) => `${time + frame}.${100 + i}`).join(',');
      return `{"kind":"log","seq":${frame + 1},"steps":[${steps}],"times":[${times}],"values":{${texts[made(frame)]}}}`;
    };
  }
  const lines = pool.map(({ values, checks }) =>
    values.map((row, i) =>
      [
        ...SERIES.map((name, k) => `"${name}":${row[k]}`),
        ...(i === rows - 1 ? checks.map((value, k) => `"${VALIDATION[k]}":${value}`) : []),
      ].join(','),
    ),
  );
  return (frame) =>
    lines[made(frame)]
      .map((values, i) => {
        const at = frame * rows + i;
        return `{"kind":"log","seq":${at + 1},"time":${time + frame}.${100 + i},"step":${at},"values":{${values}}}`;
      })
      .join('\n');
}

/** One sender process: its trainers in one event loop. */
async function send(load: Load): Promise<void> {
  const { url, form, seconds, first, count, rate, rows, window } = load;
  const acks: number[] = [];
  /** Points of the first so many frames. */
  const pointsOf = (frames: number) =>
    frames * rows * SERIES.length + Math.floor(frames / 10) * VALIDATION.length;
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
      let pacing = rate > 0;
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
        if (!pacing && performance.now() >= ending && trainer.acked === trainer.sent) done();
      });
      fill();
      if (rate > 0) {
        const interval = ((rows * SERIES.length) / rate) * 1000;
        await delay((interval * i) / trainers.length);
        for (let due = performance.now(); due < ending; due += interval) {
          const rest = due - performance.now();
          if (rest > 1) await delay(rest);
          push();
        }
        pacing = false;
        if (trainer.acked === trainer.sent) done();
      }
      await over;
      socket.close();
    }),
  );
  const each = trainers.map(({ acked }) => pointsOf(acked) / ((performance.now() - started) / 1000));
  acks.sort((a, b) => a - b);
  const told: Told = {
    sent: trainers.reduce((sum, { acked }) => sum + pointsOf(acked), 0),
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

/** Seconds of processor that a process has used. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
}

async function measure(form: Form, values: Record<string, string | boolean>): Promise<void> {
  const [seconds, trainers, senders, rate, rows, window] = ['seconds', 'trainers', 'senders', 'rate', 'rows', 'window'].map((name) => Number(values[name])); // prettier-ignore
  const server = await startServer();
  try {
    const children: ChildProcess[] = Array.from({ length: senders }, (_, i) => {
      const first = Math.floor((i * trainers) / senders);
      const count = Math.floor(((i + 1) * trainers) / senders) - first;
      const load: Load = { url: server.url, form, seconds, first, count, rate: rate / trainers, rows, window, float32: values.float32 === true }; // prettier-ignore
      return fork(import.meta.filename, ['send', JSON.stringify(load)]);
    });
    await Promise.all(children.map((child) => once(child, 'message')));
    await fetch(`${server.url}/metrics`); // begins anew what is told since the last reading
    const cpu = cpuOf(server.pid);
    const started = performance.now();
    for (const child of children) child.send('go');
    const told = await Promise.all(
      children.map(async (child) => ((await once(child, 'message')) as [Told])[0]),
    );
    const took = (performance.now() - started) / 1000;
    const used = cpuOf(server.pid) - cpu;
    const loop = await (await fetch(`${server.url}/metrics`)).text();
    const delayOf = (q: string) =>
      (
        Number(new RegExp(`event_loop_delay_seconds\\{quantile="${q}"\\} (\\S+)`).exec(loop)?.[1]) * 1000
      ).toFixed(1);
    const { runs } = (await (await fetch(`${server.url}/api/runs`)).json()) as {
      runs: { points: number; missing: number }[];
    };
    const sent = told.reduce((sum, one) => sum + one.sent, 0);
    const stored = runs.reduce((sum, run) => sum + run.points, 0);
    const acks = told.flatMap((one) => one.acks).sort((a, b) => a - b);
    const ack = (q: number) => acks[Math.min(acks.length - 1, Math.floor(q * acks.length))].toFixed(0);
    console.log(`${form}: ${(stored / took / 1e6).toFixed(3)} M points/s over ${took.toFixed(1)} s, ${trainers} trainers, ${rows} steps a frame${rate ? `, paced at ${rate}/s` : ''}`); // prettier-ignore
    console.log(`  acknowledged ${sent}, stored ${stored}, lost ${sent - stored}, dropped ${await metric(server.url, 'tidemark_points_dropped')}`); // prettier-ignore
    console.log(
      `  server CPU ${((used / stored) * 1e9).toFixed(0)} ns/point, ${((used / took) * 100).toFixed(0)} % of a core`,
    );
    console.log(
      `  event loop late by ms: p50 ${delayOf('0.5')}, p99 ${delayOf('0.99')}, max ${delayOf('1')}`,
    );
    console.log(`  ack ms: p50 ${ack(0.5)}, p99 ${ack(0.99)}`);
    console.log(`  a trainer's points/s: least ${Math.round(Math.min(...told.map((one) => one.slowest)))}, most ${Math.round(Math.max(...told.map((one) => one.fastest)))}`); // prettier-ignore
    if (sent !== stored) process.exitCode = 1;
  } finally {
    await server.close();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      form: { type: 'string', default: 'all' },
      seconds: { type: 'string', default: '60' },
      trainers: { type: 'string', default: '16' },
      senders: { type: 'string', default: '1' },
      rate: { type: 'string', default: '0' },
      rows: { type: 'string', default: '100' },
      window: { type: 'string', default: '20' },
      float32: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const forms: Form[] = values.form === 'all' ? ['binary', 'metric', 'steps'] : [values.form as Form];
  for (const form of forms) await measure(form, values);
}

if (process.argv[2] === 'send') await send(JSON.parse(process.argv[3]) as Load);
else await main();
