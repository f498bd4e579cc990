/**
 * How many points a second the server takes in, durable before they are acknowledged, with every detector on: many
 * trainers over sockets, from processes of their own, that send prepared frames and count acknowledgements.
 */
import { parseArgs } from 'node:util';
import { figure } from './figures.ts';
import type { Form } from './ingest/frames.ts';
import { type Load, startSender } from './ingest/sender.ts';
import { processorOf } from './process.ts';
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

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
}

async function measure(form: Form, values: Record<string, string | boolean>): Promise<void> {
  const [seconds, trainers, processes, rate, rows, window] = ['seconds', 'trainers', 'senders', 'rate', 'rows', 'window'].map((name) => Number(values[name])); // prettier-ignore
  const server = await startServer();
  try {
    const loads = Array.from({ length: processes }, (_, i): Load => {
      const first = Math.floor((i * trainers) / processes);
      const count = Math.floor(((i + 1) * trainers) / processes) - first;
      return { url: server.url, form, seconds, first, count, rate: rate / trainers, rows, window, float32: values.float32 === true }; // prettier-ignore
    });
    const senders = await Promise.all(loads.map(startSender));
    await fetch(`${server.url}/metrics`); // begins anew what is told since the last reading
    const cpu = processorOf(server.pid);
    const started = performance.now();
    const told = await Promise.all(senders.map((sender) => sender.go()));
    const took = (performance.now() - started) / 1000;
    const used = processorOf(server.pid) - cpu;
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
    const name = rate > 0 ? `paced-${form}` : form;
    figure(`${name}.rate`, stored / took);
    figure(`${name}.lost`, sent - stored);
    figure(`${name}.ack-p99`, Number(ack(0.99)));
    figure(`${name}.loop-p99`, Number(delayOf('0.99')));
    figure(`${name}.loop-max`, Number(delayOf('1')));
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

await main();
