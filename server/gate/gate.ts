import type { Subscription } from 'rxjs';
import type { WebSocket } from 'ws';
import type { Ack, Answer, Stop, Welcome } from '../../shared/answers.ts';
import { fault } from '../../shared/errors.ts';
import type { Limits } from '../../shared/limits.ts';
import { PROTOCOL } from '../../shared/version.ts';
import { isStoppable } from '../conclusions.ts';
import type { Monitor } from '../monitor.ts';
import type { ProjectSettings } from '../settings/config-file.ts';
import type { Run } from '../store/run.ts';
import { VERSION } from '../version.ts';
import { heartbeat } from './heartbeat.ts';
import type { Intake } from './intake.ts';
import { Presence } from './presence.ts';
import { type GateState, Session, type Speaker, type Taken } from './session.ts';

/** Where trainers come in, by socket or by request; the same lines and answers either way. */
export interface Gate {
  /** Takes a trainer's socket. */
  connect(socket: WebSocket): void;
  /** Takes a body of lines; resolves with every answer to them once the lines are durable. */
  post(body: string): Promise<readonly Answer[]>;
  close(): void;
}

export interface GateOptions {
  readonly limits: Limits;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** How long a writer whose socket closed without an end may stay away before its run is lost, in ms. */
  readonly graceMs: number;
  /** The same for writers that come by HTTP, whose silence means less, in ms. */
  readonly httpGraceMs: number;
  /** How the detectors are set for the runs of a project. */
  readonly settings: ProjectSettings;
}

/** Unacknowledged text of one socket above which it is not read from, in characters. */
const PAUSE_ABOVE = 4 * 1024 * 1024;

export function openGate(
  monitor: Monitor,
  { limits, now, graceMs, httpGraceMs, settings }: GateOptions,
): Gate {
  const state: GateState = { limits, now, runs: monitor.runs, intakes: new Map<string, Intake>(), settings };
  /** Sockets by the runs whose lines they carry. */
  const sockets = new Map<string, Set<WebSocket>>();

  const presence = new Presence(graceMs, ({ run, writer, rank }) => {
    if (monitor.runs.get(run)?.writers.get(writer)?.status !== 'running') return;
    monitor.accept([{ kind: 'lost', at: now(), run, writer, rank }]);
  });
  for (const run of monitor.runs.values()) {
    for (const [writer, { status, rank }] of run.writers) {
      if (status === 'running') presence.expect({ run: run.id, writer, rank });
    }
  }

  const subscription: Subscription = monitor.changes.subscribe((records) => {
    for (const record of records) {
      if (record.kind !== 'request') continue;
      const run = monitor.runs.get(record.run);
      const stop = run && pendingStop(run);
      if (stop) for (const socket of sockets.get(record.run) ?? []) say(socket, [stop]);
    }
  });

  /** The answers that are due once everything taken so far is durable. */
  const durableAnswers = ({ welcomes, acks }: Taken): Answer[] => [
    ...welcomes.flatMap((speaker) => {
      const run = monitor.runs.get(speaker.run);
      const stop = run && pendingStop(run);
      return run ? [welcome(run, speaker), ...(stop ? [stop] : [])] : [];
    }),
    ...acks.map(({ run, writer }): Ack => {
      const seq = monitor.runs.get(run)?.writers.get(writer)?.received.last ?? 0;
      return { kind: 'ack', run, writer, seq };
    }),
  ];

  /** Forgets what was accepted and not kept: the trainers will send it again. */
  const storeFailed = (error: Error): Answer => {
    state.intakes.clear();
    return {
      kind: 'error',
      ...fault('store-failed'),
      message: `${fault('store-failed').message} (${error.message})`,
    };
  };

  return {
    connect(socket) {
      const session = new Session(state);
      const speakers = new Map<string, Speaker>();
      let waiting = 0;
      let failed = false;

      const greet = (speaker: Speaker) => {
        const key = `${speaker.run}\n${speaker.writer}`;
        if (speakers.has(key)) return;
        speakers.set(key, speaker);
        presence.arrive(speaker);
        const peers = sockets.get(speaker.run) ?? new Set();
        sockets.set(speaker.run, peers.add(socket));
      };

      socket.on('message', (data: Buffer, isBinary: boolean) => {
        if (failed) return; // what still comes before the socket has closed will be sent again
        const taken = isBinary ? session.takeBinary(data) : session.take(data.toString());
        taken.welcomes.forEach(greet);
        if (taken.answers.length > 0) say(socket, taken.answers);
        waiting += data.length;
        if (waiting > PAUSE_ABOVE) socket.pause();
        monitor.accept(taken.records, (error) => {
          waiting -= data.length;
          if (error) {
            failed = true;
            say(socket, [storeFailed(error)]);
            return socket.close(1011, 'store-failed');
          }
          if (socket.isPaused && waiting <= PAUSE_ABOVE) socket.resume();
          const answers = durableAnswers(taken);
          if (answers.length > 0) say(socket, answers);
        });
      });
      socket.on('error', () => undefined); // a close always follows
      socket.on('close', () => {
        for (const speaker of speakers.values()) {
          presence.leave(speaker);
          const peers = sockets.get(speaker.run);
          peers?.delete(socket);
          if (peers?.size === 0) sockets.delete(speaker.run);
        }
      });
      heartbeat(socket);
    },

    post(body) {
      const taken = new Session(state).take(body);
      return new Promise((resolve) => {
        monitor.accept(taken.records, (error) => {
          for (const speaker of [...taken.welcomes, ...taken.acks]) presence.expect(speaker, httpGraceMs);
          resolve([...taken.answers, ...(error ? [storeFailed(error)] : durableAnswers(taken))]);
        });
      });
    },

    close() {
      subscription.unsubscribe();
      presence.close();
    },
  };

  function welcome(run: Run, { writer, rank }: Speaker): Welcome {
    const received = run.writers.get(writer)?.received;
    return {
      kind: 'welcome',
      protocol: PROTOCOL,
      server: VERSION,
      run: run.id,
      writer,
      seq: received?.last ?? 0,
      missing: received?.missing() ?? [],
      attempt: run.attempts.get(rank) ?? 0,
      step: run.steps.get(rank) ?? null,
    };
  }
}

/** The stop that the run's trainers have still to answer. */
function pendingStop(run: Run): Stop | null {
  if (run.request === null || run.request.acknowledged || !isStoppable(run)) return null;
  const { step, epoch, reason } = run.request;
  return { kind: 'stop', run: run.id, step, epoch, reason };
}

function say(socket: WebSocket, answers: readonly Answer[]): void {
  if (socket.readyState === socket.OPEN)
    socket.send(answers.map((answer) => JSON.stringify(answer)).join('\n'));
}
