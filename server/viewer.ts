import type { WebSocket } from 'ws';
import type { ServerFrame, ViewFrame } from '../shared/frames.ts';
import { encodePoints, type PointColumns, type PointsPart } from '../shared/points.ts';
import { decimate } from './decimate.ts';
import type { Run } from './store/run.ts';

/** What a viewer's frames are made of. */
export interface Source {
  readonly runs: ReadonlyMap<string, Run>;
  snapshot(): ServerFrame;
  /** @param findings the run of each changed finding, by its id */
  update(runs: ReadonlySet<string>, findings: ReadonlyMap<string, string>): ServerFrame;
  series(run: Run, view: number): ServerFrame;
}

/** Unsent bytes above which a viewer counts as stalled and is sent nothing more. */
const STALLED_ABOVE = 1024 * 1024;

/** How often a list of runs is brought up to date, in ms; points and findings go at once. */
const LIST_MS = 200;

/**
 * What one viewer has been sent, and so what it is still to be sent. Nothing is queued for it: the marks below say
 * what has changed, and `flush` makes frames of it from the store. A viewer that stalls costs its marks, which the
 * number of runs and series bounds, and gets the latest state when it reads again.
 */
export class Viewer {
  readonly #socket: WebSocket;
  readonly #source: Source;
  readonly #changedRuns = new Set<string>();
  readonly #changedFindings = new Map<string, string>();
  #greeted = false;
  #listed = 0;
  #view: ViewFrame = { kind: 'view', view: 0, runs: [], width: 16 };
  /** Series sent with the last `series` frame, by run. */
  readonly #seriesSent = new Map<string, number>();
  /** How far each series and attempt of the view has been sent. */
  readonly #cursors = new Map<string, Cursor>();
  /** Viewed runs that have points which were not sent. */
  readonly #changedPoints = new Set<string>();

  constructor(socket: WebSocket, source: Source) {
    this.#socket = socket;
    this.#source = source;
  }

  /** Whether it takes no more for now: too much of what it was sent is still unsent. */
  get stalled(): boolean {
    return isStalled(this.#socket);
  }

  look(view: ViewFrame): void {
    this.#view = view;
    this.#cursors.clear();
    this.#seriesSent.clear();
    this.#changedPoints.clear();
    for (const run of view.runs) this.#changedPoints.add(run);
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
    if (this.#view.runs.includes(run)) this.#changedPoints.add(run);
  }

  /**
   * Sends what is due.
   * @param now a clock in ms
   * @returns whether something remains to be sent later
   */
  flush(now: number): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return false;
    if (isStalled(this.#socket)) return true;
    if (!this.#greeted) {
      this.#say(this.#source.snapshot());
      this.#greeted = true;
      this.#listed = now;
      this.#changedRuns.clear();
      this.#changedFindings.clear();
    }
    if (this.#changedFindings.size > 0 || (this.#changedRuns.size > 0 && now - this.#listed >= LIST_MS)) {
      this.#say(this.#source.update(this.#changedRuns, this.#changedFindings));
      this.#listed = now;
      this.#changedRuns.clear();
      this.#changedFindings.clear();
    }
    for (const id of this.#changedPoints) {
      if (isStalled(this.#socket)) return true;
      const run = this.#source.runs.get(id);
      if (run) this.#sendPoints(run);
      this.#changedPoints.delete(id);
    }
    return this.#changedRuns.size > 0;
  }

  #sendPoints(run: Run): void {
    if (this.#seriesSent.get(run.id) !== run.series.size) {
      this.#say(this.#source.series(run, this.#view.view));
      this.#seriesSent.set(run.id, run.series.size);
    }
    const parts: PointsPart[] = [];
    const columns: PointColumns[] = [];
    for (const [key, series] of run.series) {
      for (const [attempt, stored] of series.attempts) {
        const name = `${run.id}\n${attempt}\n${key}`;
        const cursor = this.#cursors.get(name);
        if (cursor?.sent === stored.length && cursor.rewrites === stored.rewrites) continue;
        const fresh = cursor?.rewrites === stored.rewrites ? stored.length - cursor.sent : Infinity;
        const replace = fresh > this.#view.width;
        const raw = stored.read(replace ? 0 : cursor?.sent);
        const shown = replace ? decimate(raw, this.#view.width) : raw;
        const { name: seriesName, rank } = series;
        const count = shown.steps.length;
        parts.push({ series: seriesName, rank, attempt, count, total: raw.steps.length, replace });
        columns.push(shown);
        this.#cursors.set(name, { sent: stored.length, rewrites: stored.rewrites });
      }
    }
    if (parts.length === 0) return;
    this.#socket.send(encodePoints({ kind: 'points', view: this.#view.view, run: run.id, parts }, columns));
  }

  #say(frame: ServerFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }
}

interface Cursor {
  readonly sent: number;
  /** The columns' rewrites when it was sent; sent anew when they differ. */
  readonly rewrites: number;
}

function isStalled(socket: WebSocket): boolean {
  return socket.bufferedAmount > STALLED_ABOVE;
}
