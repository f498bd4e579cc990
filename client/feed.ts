import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { SeriesState, ServerFrame, StopFrame, ViewFrame } from '../shared/frames.ts';
import { decodePoints, type PointsFrame } from '../shared/points.ts';
import { MOST_RUNS } from './address.ts';
import { type Wish, windowOf } from './detail.ts';
import { Points } from './points.ts';
import type { Socket } from './socket.ts';

/** One run that the page looks at: its series and their points. */
export interface Look {
  readonly run: string;
  /** null until the server has said them. */
  readonly series: ReadonlySignal<readonly SeriesState[] | null>;
  readonly points: Points;
}

/** Asks the server for the runs that are looked at, and keeps what it sends of them. */
export interface Feed {
  readonly looks: ReadonlySignal<readonly Look[]>;
  /** The only run, or the first of several. */
  readonly look: ReadonlySignal<Look | null>;
  /** Counts up when points have come: what shows numbers beside a chart hangs on it. */
  readonly beat: ReadonlySignal<number>;
  /** Looks at these runs and no others; what is known of those that stay is kept. */
  open(runs: readonly string[]): void;
  /**
   * Says the view anew: after every opening of the connection, and when the charts have become wider. What charts
   * are zoomed to is asked for by itself, and the rest of the view is kept then.
   * @param asked a view that was asked for over this connection already, which need not be said again
   */
  ask(width: number, asked?: ViewFrame | null): void;
  stop(run: string): void;
  receive(data: unknown): void;
  /** Lets `beat` count what has come since the last call. */
  pulse(): void;
}

/**
 * A decimated series has up to 4 points a pixel column. When live points have doubled that, the view is asked
 * anew, so that what the page holds depends on its pixels and not on the run's length.
 */
const CROWDED = 8;

/** How often a view is asked for anew because a frame cannot be read, and after how many pulses without one again. */
const ASKED_AGAIN = 3;
const CALM = 240;

/** Views whose frames may still be on their way. */
const KEPT_VIEWS = 32;

/** Stretches of a view at most, as the protocol has it. */
const MOST_WINDOWS = 400;

interface Kept extends Look {
  readonly series: Signal<readonly SeriesState[] | null>;
}

export function createFeed(
  socket: () => Socket,
  on: { frame(frame: ServerFrame): void; points(look: Look, series: ReadonlySet<string>): void },
): Feed {
  const looks = signal<readonly Kept[]>([]);
  const beat = signal(0);
  let view = 0;
  /** The first view whose frames still count: those behind it kept what was in it. */
  let base = 0;
  /** What the windows of each view since were asked for. */
  const asked = new Map<number, readonly (Wish | undefined)[]>();
  let width = 1024;
  let arrived = false;
  /** How often a view was asked for anew because of such a frame, and pulses since the last. */
  let [again, calm] = [0, 0];
  /** A view that was asked for anew and of which nothing has come yet. */
  let mending: number | null = null;

  const say = (keep = false): void => {
    view += 1;
    if (!keep) {
      base = view;
      asked.clear();
      for (const { points } of looks.value) points.crowd = 0;
    }
    const runs = looks.value.map(({ run }) => run);
    const wishes = looks.value.flatMap(({ run, points }) =>
      points.detail.wishes(MOST_WINDOWS).map((wish) => ({ run, wish })),
    );
    const windows = wishes.slice(0, MOST_WINDOWS).map(({ run, wish }) => windowOf(run, wish));
    asked.set(
      view,
      wishes.map(({ wish }) => wish),
    );
    for (const old of asked.keys()) if (old < view - KEPT_VIEWS) asked.delete(old);
    const frame: ViewFrame = { kind: 'view', view, runs, width };
    socket().send({
      ...frame,
      ...(windows.length > 0 && { windows }),
      ...(keep && { keep }),
    } satisfies ViewFrame);
  };
  let wanting = false;
  /** Asks for what is wanted of stretches, once for all charts that are drawn in one go. */
  const want = (): void => {
    if (wanting) return;
    wanting = true;
    queueMicrotask(() => {
      wanting = false;
      say(true);
    });
  };
  /**
   * What a frame that cannot be read has told is lost, so the view is asked for anew; a few times, for a server that
   * goes on sending such frames would be asked for ever. Those that were on their way by then ask no second time.
   */
  const misread = (message: string): void => {
    calm = 0;
    if (mending !== null) return;
    const mends = again < ASKED_AGAIN;
    const then = mends
      ? 'The view is asked for anew.'
      : `It was asked for anew ${ASKED_AGAIN} times: load the page again.`;
    on.frame({ kind: 'error', code: 'bad-frame', message: `${message}. ${then}` });
    if (!mends) return;
    again += 1;
    say();
    mending = view;
  };
  const find = (run: string): Kept | undefined => looks.value.find((look) => look.run === run);

  const pulse = (): void => {
    if (++calm > CALM) again = 0;
    if (arrived) beat.value += 1;
    arrived = false;
  };

  return {
    looks,
    look: computed(() => looks.value.at(0) ?? null),
    beat,
    open: (runs) => {
      const wanted = [...new Set(runs)].slice(0, MOST_RUNS);
      if (wanted.join('\n') === looks.value.map(({ run }) => run).join('\n')) return;
      looks.value = wanted.map((run) => find(run) ?? { run, series: signal(null), points: new Points(want) });
      say();
    },
    ask: (wished, known) => {
      mending = null;
      width = Math.min(8192, Math.max(16, Math.ceil(wished)));
      const runs = looks.value.map(({ run }) => run);
      // A connection that is new looks at nothing.
      if (runs.length === 0) return;
      if (known?.width !== width || known.runs.join('\n') !== runs.join('\n')) return say();
      view = Math.max(view, known.view);
      base = known.view;
    },
    stop: (run) => socket().send({ kind: 'stop', run } satisfies StopFrame),
    receive: (data) => {
      const frame = decoded(data);
      if (typeof frame === 'string') return misread(frame);
      if ('kind' in frame) {
        if (frame.kind !== 'series') return on.frame(frame);
        const look = find(frame.run);
        if (frame.view < base || !look) return;
        mending = null;
        look.points.epochSeries = frame.series.find(({ role }) => role === 'epoch')?.series ?? null;
        look.series.value = frame.series;
        return;
      }
      const { run, parts } = frame;
      const look = find(run);
      if (frame.view < base || !look) return;
      const series = look.series.peek() ?? [];
      const strange = parts.find((part) => part.series >= series.length);
      if (strange)
        return misread(
          `points frame: series must be one of the ${series.length} of run ${run}, got ${strange.series}`,
        );
      const wishes = asked.get(frame.view);
      const changed = look.points.apply(parts, series, (window) => wishes?.[window]);
      arrived = true;
      // A view's first points are read out at once; those that go on coming, at the pulse.
      if (parts.some(({ replace }) => replace)) pulse();
      on.points(look, changed);
      if (look.points.crowd > CROWDED * width) say();
    },
    pulse,
  };
}

/** The frame, or what is wrong with it. @param data text, or an ArrayBuffer */
function decoded(data: unknown): PointsFrame | ServerFrame | string {
  try {
    return typeof data === 'string' ? (JSON.parse(data) as ServerFrame) : decodePoints(data as ArrayBuffer);
  } catch (error) {
    return (error as Error).message;
  }
}
