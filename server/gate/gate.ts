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
import { pointsIn } from '../store/record.ts';
import { VERSION } from '../version.ts';
import { heartbeat } from './heartbeat.ts';
import type { Intake } from './intake.ts';
import { Presence } from './presence.ts';
import type { Meter } from './meter.ts';
import { pieces } from './pieces.ts';
import { type Allowance, NO_QUOTAS, type Quotas } from './quota.ts';
import { Session } from './session.ts';
import type { GateState, Speaker, Taken } from './state.ts';
import { type Party, Turns } from './turns.ts';
import { type Parcel, Waiting } from './waiting.ts';

/** Where trainers come in, by socket or by request; the same lines and answers either way. */
export interface Gate {
  /**
   * Takes a trainer's socket.
   * @param holder whose token it came with, for the quotas
   */
  connect(socket: WebSocket, holder?: string): void;
  /** Takes a body of lines; resolves with every answer to them once the lines are durable. */
  post(body: string, holder?: string): Promise<readonly Answer[]>;
  close(): void;
  /** What has come and is not acknowledged: bytes, points, pieces not yet looked at, and the age of the oldest in seconds. */
  readonly waiting: {
    readonly bytes: number;
    readonly points: number;
    readonly frames: number;
    readonly age: number;
  };
  /** Open sockets, and how many of them are not read from for now. */
  readonly sockets: number;
  readonly paused: number;
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
  /** Hears what passes. */
  readonly meter?: Meter;
  /** What each holder of a token may send; nothing said: everything. */
  readonly quotas?: Quotas;
  /** What is accepted, by run, of those that are not at rest. */
  readonly intakes?: Map<string, Intake>;
}

/** Unacknowledged bytes of one socket above which it is not read from. */
const PAUSE_ABOVE = 1024 * 1024;

export function openGate(
  monitor: Monitor,
  {
    limits,
    now,
    graceMs,
    httpGraceMs,
    settings,
    meter = DEAF,
    quotas = NO_QUOTAS,
    intakes = new Map(),
  }: GateOptions,
): Gate {
  const state: GateState = { limits, now, runs: monitor.runs, intakes, settings };
  /** Sockets by the runs whose lines they carry. */
  const sockets = new Map<string, Set<WebSocket>>();
  const open = new Set<WebSocket>();
  const turns = new Turns();
  const waiting = new Waiting();
  let closed = false;

  const presence: Presence = new Presence(graceMs, (speaker) => {
    const { run, writer, rank } = speaker;
    if (monitor.runs.get(run)?.writers.get(writer)?.status !== 'running') return;
    monitor.accept([{ kind: 'lost', at: now(), run, writer, rank }], (error) => {
      // Nobody else would say so when the store has room again.
      if (error && !closed) presence.expect(speaker);
    });
  });
  for (const run of monitor.runs.live()) {
    for (const [writer, { status, rank }] of run.writers) {
      if (status === 'running') presence.expect({ run: run.id, writer, rank });
    }
  }

  // What is known of them is in the store, to be taken from there if they go on.
  const rested = monitor.rested.subscribe((runs) => {
    for (const run of runs) intakes.delete(run);
  });

  const subscription: Subscription = monitor.changes.subscribe((records) => {
    for (const record of records) {
      if (record.kind !== 'request') continue;
      const run = monitor.runs.get(record.run);
      const stop = run && pendingStop(run);
      if (stop) for (const socket of sockets.get(record.run) ?? []) say(socket, [stop]);
    }
  });

  /** The answers that are due once everything taken so far is durable. */
  const durableAnswers = ({ welcomes, acks }: Pick<Taken, 'welcomes' | 'acks'>): Answer[] => [
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

  /** Takes a piece in its turn; `done` hears what came of it when it is durable, or could not be. */
  const take = (
    parcel: Parcel,
    { party, allowance, session }: Inlet,
    piece: string | Uint8Array,
    done: (taken: Taken, error: Error | null) => void,
  ): Taken => {
    const taken = typeof piece === 'string' ? session.take(piece) : session.takeBinary(piece);
    const points = taken.records.reduce((sum, record) => sum + pointsIn(record), 0);
    for (const answer of taken.answers) if (answer.kind === 'error') meter.refused(answer.code);
    meter.accepted(points);
    waiting.take(parcel, points);
    party.rest(allowance.spend(points));
    const heard = (error: Error | null) => {
      const ms = waiting.leave(parcel);
      if (error) meter.returned(points);
      else meter.acknowledged(ms);
      done(taken, error);
    };
    monitor.accept(taken.records, heard, session.speaker?.run);
    return taken;
  };

  const inlet = (holder: string): Inlet => {
    const allowance = quotas.of(holder);
    const admit = (run: string) => allowance.admit(run, monitor.runs);
    const party = turns.join();
    party.rest(allowance.rest);
    return { party, allowance, session: new Session(state, admit) };
  };

  return {
    waiting: {
      get bytes() {
        return waiting.bytes;
      },
      get points() {
        return waiting.points;
      },
      get frames() {
        return turns.waiting;
      },
      get age() {
        return waiting.age;
      },
    },
    get sockets() {
      return open.size;
    },
    get paused() {
      return [...open].filter(({ isPaused }) => isPaused).length;
    },

    connect(socket, holder = NOBODY) {
      const into = inlet(holder);
      const speakers = new Map<string, Speaker>();
      let held = 0;
      let failed = false;
      let gone = false;
      let warned = false;
      open.add(socket);

      const greet = (speaker: Speaker) => {
        const key = `${speaker.run}\n${speaker.writer}`;
        if (speakers.has(key)) return;
        speakers.set(key, speaker);
        // Its lines were still waiting for their turn when its socket closed.
        if (gone) {
          presence.expect(speaker);
          return;
        }
        presence.arrive(speaker);
        const peers = sockets.get(speaker.run) ?? new Set();
        sockets.set(speaker.run, peers.add(socket));
      };

      /** Says once a pause that its sender goes faster than it may. */
      const heedQuota = () => {
        const resting = into.party.rests;
        if (resting && !warned) say(socket, [{ kind: 'error', ...into.allowance.fault() }]);
        warned = resting;
      };

      const settle = (bytes: number) => {
        held -= bytes;
        if (socket.isPaused && held <= PAUSE_ABOVE) socket.resume();
      };

      const takePiece = (parcel: Parcel, piece: Buffer, isBinary: boolean) => {
        // After a failure everything will be sent again; after a close nobody is there to keep it.
        if (failed || closed) return void waiting.leave(parcel);
        const taken = take(parcel, into, isBinary ? piece : piece.toString(), (done, error) => {
          settle(piece.length);
          if (error) {
            failed = true;
            say(socket, [storeFailed(error)]);
            return socket.close(1011, 'store-failed');
          }
          const answers = durableAnswers(done);
          if (answers.length > 0) say(socket, answers);
        });
        taken.welcomes.forEach(greet);
        if (taken.answers.length > 0) say(socket, taken.answers);
        heedQuota();
      };

      socket.on('message', (data: Buffer, isBinary: boolean) => {
        if (failed) return; // what still comes before the socket has closed will be sent again
        meter.received(isBinary ? 'binary' : 'text', data.length);
        held += data.length;
        if (held > PAUSE_ABOVE) socket.pause();
        for (const piece of isBinary ? [data] : pieces(data)) {
          const parcel = waiting.arrive(piece.length);
          into.party.offer(() => takePiece(parcel, piece, isBinary));
        }
      });
      socket.on('error', () => undefined); // a close always follows
      socket.on('close', () => {
        gone = true;
        open.delete(socket);
        for (const speaker of speakers.values()) {
          presence.leave(speaker);
          const peers = sockets.get(speaker.run);
          peers?.delete(socket);
          if (peers?.size === 0) sockets.delete(speaker.run);
        }
      });
      heartbeat(socket);
    },

    post(body, holder = NOBODY) {
      const into = inlet(holder);
      const cut = pieces(Buffer.from(body));
      meter.received('http', body.length);
      const answers: Answer[] = [];
      const takeNext = (at: number): Promise<Taken | Error> =>
        new Promise((resolve) => {
          const parcel = waiting.arrive(cut[at].length);
          into.party.offer(() => {
            const { answers: now } = take(parcel, into, cut[at].toString(), (done, error) =>
              resolve(error ?? done),
            );
            answers.push(...now);
          });
        });
      return Promise.all(cut.map((_, at) => takeNext(at))).then((all) => {
        const error = all.find((one) => one instanceof Error);
        const taken = all.flatMap((one) => (one instanceof Error ? [] : [one]));
        for (const { welcomes, acks } of taken)
          for (const speaker of [...welcomes, ...acks]) presence.expect(speaker, httpGraceMs);
        if (error) return [...answers, storeFailed(error)];
        const acks = [...new Map(taken.flatMap((one) => one.acks).map((one) => [`${one.run}\n${one.writer}`, one])).values()]; // prettier-ignore
        const welcomes = taken.flatMap((one) => one.welcomes);
        return [...answers, ...durableAnswers({ welcomes, acks })];
      });
    },

    close() {
      closed = true;
      subscription.unsubscribe();
      rested.unsubscribe();
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

/** One way in: its turn, what its token may send, and what was said on it. */
interface Inlet {
  readonly party: Party;
  readonly allowance: Allowance;
  readonly session: Session;
}

/** The holder where no tokens are asked for. */
const NOBODY = 'local';

const DEAF: Meter = {
  received: () => undefined,
  accepted: () => undefined,
  returned: () => undefined,
  acknowledged: () => undefined,
  refused: () => undefined,
};

/** The stop that the run's trainers have still to answer. */
function pendingStop(run: Run): Stop | null {
  if (run.request === null || run.request.acknowledged || run.request.withdrawn || !isStoppable(run))
    return null;
  const { step, epoch, reason } = run.request;
  return { kind: 'stop', run: run.id, step, epoch, reason };
}

function say(socket: WebSocket, answers: readonly Answer[]): void {
  if (socket.readyState === socket.OPEN)
    socket.send(answers.map((answer) => JSON.stringify(answer)).join('\n'));
}
