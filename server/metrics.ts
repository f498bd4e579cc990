import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Fanout } from './fanout.ts';
import type { Gate } from './gate/gate.ts';
import { LoopDelay } from './loop-delay.ts';
import type { Monitor } from './monitor.ts';
import type { Meter } from './gate/meter.ts';
import { pointsIn, type StoreRecord } from './store/record.ts';

/** What the server tells of itself, as Prometheus reads it. */
export interface Metrics {
  /** Told by the gate of what passes through it. */
  readonly meter: Meter;
  readonly contentType: string;
  /** Begins to watch the parts of the line. */
  watch(parts: Watched): void;
  text(): Promise<string>;
  close(): void;
}

export interface Watched {
  readonly monitor: Monitor;
  readonly gate: Gate;
  readonly fanout: Fanout;
  /** The data folder. */
  readonly data: string;
}

const QUANTILES = [0.5, 0.99, 1];

export function openMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name: `tidemark_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name: `tidemark_${name}`,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });

  const bytes = counter('ingest_bytes_total', 'Bytes of frames and bodies received from trainers.');
  const frames = counter('ingest_frames_total', 'Frames and bodies received from trainers, by form.', [
    'form',
  ]);
  const taken = counter(
    'points_accepted_total',
    'Points taken in by the gate, durable or on their way to be.',
  );
  const returned = counter('points_returned_total', 'Points the store could not keep, not acknowledged: trainers send them again.'); // prettier-ignore
  const durable = counter('points_durable_total', 'Points on disk.');
  const acks = counter('acks_total', 'Frames and bodies acknowledged.');
  const refused = counter('errors_total', 'Errors answered to trainers, by code.', ['code']);
  const findings = counter('findings_total', 'Findings opened, by detector.', ['detector']);
  const latency = new Histogram({
    name: 'tidemark_ack_seconds',
    help: 'From the arrival of a frame to its acknowledgement, when all of it was durable.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });

  const delay = new LoopDelay();
  new Gauge({
    name: 'tidemark_event_loop_delay_seconds',
    help: 'How late the event loop was since the last time this was read, by quantile; 1 is the longest.',
    labelNames: ['quantile'],
    registers,
    collect() {
      const late = delay.read(QUANTILES);
      QUANTILES.forEach((quantile, i) => this.set({ quantile: String(quantile) }, late[i] / 1000));
    },
  });

  let subscription: { unsubscribe(): void } | null = null;
  const count = (records: readonly StoreRecord[]) => {
    for (const record of records) {
      durable.inc(pointsIn(record));
      if (record.kind === 'finding' && record.finding.status === 'open')
        findings.inc({ detector: record.finding.detector });
    }
  };

  return {
    meter: {
      received(form, length) {
        frames.inc({ form });
        bytes.inc(length);
      },
      accepted: (points) => taken.inc(points),
      returned: (points) => returned.inc(points),
      acknowledged(ms) {
        acks.inc();
        latency.observe(ms / 1000);
      },
      refused: (code) => refused.inc({ code }),
    },
    contentType: registry.contentType,
    watch({ monitor, gate, fanout, data }) {
      subscription = monitor.durable.subscribe(count);
      const total = async (of: Counter) => (await of.get()).values[0]?.value ?? 0;
      gauge('points_waiting', 'Points accepted and not yet durable.', () => gate.waiting.points);
      gauge(
        'points_dropped',
        'Points accepted that are neither durable, waiting nor returned to their trainers. Must be 0.',
        async () =>
          (await total(taken)) - (await total(durable)) - (await total(returned)) - gate.waiting.points,
      );
      gauge(
        'queue_bytes',
        'Bytes received from trainers and not yet acknowledged.',
        () => gate.waiting.bytes,
      );
      gauge(
        'queue_frames',
        'Frames received from trainers and not yet looked at.',
        () => gate.waiting.frames,
      );
      gauge('queue_records', 'Groups of records on their way to the disk or to the detectors.', () => monitor.underWay); // prettier-ignore
      gauge(
        'ingest_lag_seconds',
        'Age of the oldest frame that is not yet acknowledged.',
        () => gate.waiting.age,
      );
      gauge('trainer_sockets', 'Open sockets of trainers.', () => gate.sockets);
      gauge('paused_sockets', 'Sockets of trainers that are not read from for now.', () => gate.paused);
      gauge('viewers', 'Open sockets of viewers.', () => fanout.viewers);
      gauge('runs', 'Runs kept.', () => monitor.runs.size);
      gauge('store_failures', 'Writes that the store could not do, since the start.', () => monitor.failures);
      gauge('journal_bytes', 'Bytes of the journal’s files.', () => bytesOf(join(data, 'journal')));
    },
    text: () => registry.metrics(),
    close() {
      delay.close();
      subscription?.unsubscribe();
    },
  };
}

/** Bytes of the files in a folder; 0 where there is none. */
async function bytesOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0, // gone since
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
