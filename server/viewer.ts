import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ServerFrame, ViewFrame } from '../shared/frames.ts';
import { Pace } from '../shared/pace.ts';
import {
  type Delta,
  deltaOf,
  isOf,
  isWhole,
  type Look,
  type Mark,
  markOf,
  partOf,
  type Share,
  type ToRead,
  UNSEEN,
  wholeInMemory,
} from './look.ts';
import { pointsFrame } from './points-frame.ts';
import type { Wish, Window } from './store/window.ts';
import type { Run } from './store/run.ts';
import type { Series } from './store/run-series.ts';

/** What a viewer's frames are made of. */
export interface Source {
  readonly runs: { get(id: string): Run | undefined };
  /** @param only the runs that it is of, by their ids; null: all */
  snapshot(only: ReadonlySet<string> | null): ServerFrame | string;
  /** What a snapshot of these runs has left out. */
  rest(told: ReadonlySet<string>): ServerFrame | string;
  /** @param findings the run of each changed finding, by its id */
  update(runs: ReadonlySet<string>, findings: ReadonlyMap<string, string>): ServerFrame | Buffer;
  series(run: Run, view: number): ServerFrame;
  /** Another object when the roles of a run's series may have changed. */
  bindings?(run: Run): object | undefined;
  /** Reads a window of a series; see store/points-reader.ts. */
  window(run: Run, series: Series, attempt: number, wish: WindowWish): Promise<Window>;
  /** Told that something more is to be sent, at once. */
  due(): void;
  /** As look.ts, remembered for all who ask for the same. */
  readonly marks?: { mark(run: Run): Mark; delta(run: Run, from: Mark, to: Mark): Delta };
}

/** A stream that can hold back what is written to it. */
export type Wire = Pick<Duplex, 'cork' | 'uncork'>;

export type WindowWish = Omit<Wish, 'axis'> & { readonly axis: Look['axis'] };

/** Unsent bytes above which a viewer counts as stalled and is sent nothing more. */
const STALLED_ABOVE = 1024 * 1024;

/**
 * At most 30 frames in any second: frames i and i + 30 are at least 30 × 40 − 200 ms apart. So up to 25 changes a second
 * are sent as they come, however unevenly. Viewers that change at the same moments are served at the same moments, which
 * costs one look for all.
 */
export const PACE = { interval: 40, saved: 200, grid: 10 };

/** How often a list of runs is brought up to date, in ms; points and findings go at once. */
const LIST_MS = 500;

/** How long a list that is due waits for points of a look to go with, in ms: a write costs more than what is in it. */
const COMPANY_MS = 100;

/** How soon a stalled viewer is looked at again, in ms. */
const STALLED_MS = 50;

const NOTHING: Mark = new Map();

/** A look, and how far it has been served. */
interface Served {
  /** Changed only in its place among the view's windows. */
  look: Look;
  /** What has been sent of it. */
  mark: Mark;
  /** Whether it is being read from the store. */
  reading: boolean;
  /** Whether there may be points that were not sent. */
  changed: boolean;
}

/**
 * What one viewer has been sent, and so what it is still to be sent. Nothing is queued for it: the marks below say
 * what has changed, and `flush` makes frames of it from the store. A viewer that stalls costs its marks, which the
 * number of runs and series bounds, and gets the latest state when it reads again.
 */
export class Viewer {
  readonly #socket: WebSocket;
  readonly #wire: Wire;
  readonly #source: Source;
  readonly #changedRuns = new Set<string>();
  readonly #changedFindings = new Map<string, string>();
  #greeted = false;
  /** The runs that the snapshot is of, where it is not of all; null once the others have been told as well. */
  #told: ReadonlySet<string> | null = null;
  #listed = 0;
  #view = 0;
  #looks: readonly Served[] = [];
  /** What the last `series` frame told, by run. */
  readonly #seriesSent = new Map<string, { readonly size: number; readonly bindings: object | undefined }>();
  readonly #pace = new Pace(PACE);
  /** When it was last flushed. */
  #flushed = -Infinity;
  /** Messages sent. */
  #sent = 0;

  /** @param wire what the socket writes to: frames that go together are written at once */
  constructor(socket: WebSocket, wire: Wire, source: Source) {
    this.#socket = socket;
    this.#wire = wire;
    this.#source = source;
  }

  /** Begins with a view: its runs are told of, and drawn, before a list of a thousand others. */
  begin(frame: ViewFrame): void {
    this.#told = new Set(frame.runs);
    this.look(frame);
  }

  look(frame: ViewFrame): void {
    this.#view = frame.view;
    if (frame.keep !== true) this.#seriesSent.clear();
    const whole = { series: null, axis: 'step', from: -Infinity, to: Infinity } as const;
    const looks = [
      ...frame.runs.map((run): Look => ({ ...whole, run, width: frame.width, window: null })),
      ...(frame.windows ?? []).map(
        ({ run, series, rank = 0, axis = 'step', from = -Infinity, to = Infinity, width }, window): Look => ({
          ...{ run, axis, from, to, width, window },
          series: series === undefined ? null : { name: series, rank },
        }),
      ),
    ];
    const before = new Map(
      frame.keep === true ? this.#looks.map((served) => [stretchOf(served.look), served]) : [],
    );
    this.#looks = looks.map((look): Served => {
      const known = before.get(stretchOf(look));
      if (known === undefined) return { look, mark: NOTHING, reading: false, changed: true };
      before.delete(stretchOf(look)); // asked for twice, it is sent twice
      known.look = look;
      return known;
    });
  }

  /** Sends a frame that stands for itself, once it knows the runs; one that stalls hears it with its next snapshot. */
  tell(frame: ServerFrame): void {
    if (this.#greeted && this.#socket.readyState === this.#socket.OPEN) this.#say(frame);
  }

  markRun(run: string): void {
    this.#changedRuns.add(run);
  }

  markFinding(run: string, id: string): void {
    this.#changedFindings.set(id, run);
  }

  markPoints(run: string): void {
    for (const served of this.#looks) if (served.look.run === run) served.changed = true;
  }

  /**
   * Sends what is due, when it is: at most 30 times a second; see shared/pace.ts.
   * @param now a clock in ms
   * @returns when, by that clock, something remains to be sent; Infinity: nothing does
   */
  flush(now: number): number {
    if (this.#socket.readyState !== this.#socket.OPEN) return Infinity;
    const next = this.#next(now);
    if (next > now) return next;
    this.#flushed = now;
    const sent = this.#sent;
    this.#wire.cork();
    try {
      this.#flush(now);
    } finally {
      this.#wire.uncork();
    }
    if (this.#sent > sent) this.#pace.sent(now);
    return this.#next(now);
  }

  /** When there is something to be sent, and it may be. */
  #next(now: number): number {
    const served = this.#looks.some(({ changed, reading }) => changed && !reading);
    const company = this.#looks.length > 0 ? COMPANY_MS : 0;
    const listed = this.#changedRuns.size > 0 ? this.#listed + LIST_MS + company : Infinity;
    const wanted =
      !this.#greeted || this.#mayTellRest || served || this.#changedFindings.size > 0 ? now : listed;
    if (wanted === Infinity) return Infinity;
    return isStalled(this.#socket) ? now + STALLED_MS : Math.max(wanted, this.#pace.due);
  }

  #flush(now: number): void {
    if (!this.#greeted) {
      this.#say(this.#source.snapshot(this.#told));
      this.#greeted = true;
      this.#listed = now;
      this.#changedRuns.clear();
      this.#changedFindings.clear();
    }
    // Points first: a page draws them in less time than it takes it to put a list in order.
    for (const served of this.#looks) {
      if (!served.changed || served.reading) continue;
      if (isStalled(this.#socket)) return;
      served.changed = false;
      const run = this.#source.runs.get(served.look.run);
      if (run) this.#serve(run, served);
    }
    if (this.#told !== null && this.#mayTellRest) {
      if (isStalled(this.#socket)) return;
      this.#say(this.#source.rest(this.#told));
      this.#told = null;
    }
    if (this.#changedFindings.size > 0 || (this.#changedRuns.size > 0 && now - this.#listed >= LIST_MS)) {
      this.#say(this.#source.update(this.#changedRuns, this.#changedFindings));
      this.#listed = now;
      this.#changedRuns.clear();
      this.#changedFindings.clear();
    }
  }

  /** Whether the other runs are still to be told of, and every point that was waited for is on its way. */
  get #mayTellRest(): boolean {
    return this.#told !== null && !this.#looks.some(({ reading }) => reading);
  }

  #serve(run: Run, served: Served): void {
    const told = this.#seriesSent.get(run.id);
    const bindings = this.#source.bindings?.(run);
    if (told?.size !== run.series.size || told.bindings !== bindings) {
      this.#say(this.#source.series(run, this.#view));
      this.#seriesSent.set(run.id, { size: run.series.size, bindings });
    }
    const { look } = served;
    const { marks } = this.#source;
    const now = marks?.mark(run) ?? markOf(run);
    if (now === served.mark) return;
    const delta = (marks ?? { delta: deltaOf }).delta(run, served.mark, now);
    // What is sent of it as it is, is sent to others too, and theirs as well.
    if (served.mark !== NOTHING && isSentAsIs(look, delta)) {
      served.mark = now;
      return this.#send(run.id, look, delta.shares);
    }
    const sent: Share[] = [];
    const stale: ToRead[] = delta.toRead.filter(({ series }) => isOf(look, series));
    for (const share of delta.shares) {
      const { key, series, part } = share;
      if (!isOf(look, series)) continue;
      // More than it can show, or cut out of a stretch whose columns are the server's to know: read anew.
      if (isWhole(look) && part.steps.length <= look.width) sent.push(share);
      else if (isWhole(look) || reaches(look, share)) stale.push({ key, series, attempt: part.attempt });
    }
    const unread: ToRead[] = [];
    for (const each of stale) {
      // Columns of times are not those of steps.
      const whole = isWhole(look) && look.axis !== 'time' ? wholeInMemory(each, look.width) : null;
      if (whole) sent.push(whole);
      else unread.push(each);
    }
    // What a first frame brings replaces whatever the page had.
    this.#send(run.id, look, served.mark === NOTHING ? sent.map(replacing) : sent);
    const before = served.mark;
    served.mark = now;
    if (unread.length > 0) void this.#read(run, served, before, unread);
  }

  /** Reads series from the store and sends them; until then nothing else of the look is sent. */
  async #read(run: Run, served: Served, before: Mark, unread: readonly ToRead[]): Promise<void> {
    const { look } = served;
    served.reading = true;
    const mark = new Map(served.mark);
    try {
      const shares: Share[] = [];
      for (const { key, series, attempt } of unread) {
        const shown = await this.#source.window(run, series, attempt, look);
        mark.set(key, shown.seen);
        shares.push({ key, series, part: partOf(series, attempt, shown, true, shown.total) });
      }
      if (!this.#looks.includes(served)) return; // it looks at something else by now
      served.mark = mark;
      this.#send(run.id, served.look, shares); // in its place by now
      this.#pace.sent(this.#flushed);
    } catch (error) {
      for (const { key } of unread) mark.set(key, before.get(key) ?? UNSEEN);
      served.mark = mark;
      this.#say({ kind: 'error', code: 'internal', message: (error as Error).message });
    } finally {
      served.reading = false;
      if (served.changed || this.#told !== null) this.#source.due();
    }
  }

  #send(run: string, { window }: Look, shares: readonly Share[]): void {
    if (shares.length === 0 || this.#socket.readyState !== this.#socket.OPEN) return;
    const own =
      window === null
        ? shares
        : shares.map(({ part, ...share }) => ({ ...share, part: { ...part, window } }));
    this.#sent++;
    this.#socket.send(pointsFrame(run, this.#view, own));
  }

  #say(frame: ServerFrame | string | Buffer): void {
    this.#sent++;
    const text = typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame);
    this.#socket.send(text, { binary: false });
  }
}

/** What a look is at, wherever it stands in the view. */
function stretchOf({ window, ...look }: Look): string {
  return JSON.stringify([
    window === null,
    look.run,
    look.series,
    look.axis,
    String(look.from),
    String(look.to),
    look.width,
  ]);
}

function replacing(share: Share): Share {
  return { ...share, part: { ...share.part, replace: true } };
}

/** Whether all that has come is sent: a look at the whole of every series, which can show it. */
function isSentAsIs(look: Look, { toRead, longest }: Delta): boolean {
  return look.series === null && isWhole(look) && toRead.length === 0 && longest <= look.width;
}

/** Whether points that have come may be within a look's stretch; those of epochs are not told here. */
function reaches({ axis, from, to }: Look, { part }: Share): boolean {
  if (axis === 'epoch') return true;
  return (axis === 'step' ? part.steps : part.times).some((place) => place >= from && place <= to);
}

function isStalled(socket: WebSocket): boolean {
  return socket.bufferedAmount > STALLED_ABOVE;
}
