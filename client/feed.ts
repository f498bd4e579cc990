import { signal, type ReadonlySignal } from '@preact/signals';
import type { SeriesState, ServerFrame, StopFrame, ViewFrame } from '../shared/frames.ts';
import { decodePoints } from '../shared/points.ts';
import { Points } from './points.ts';
import type { Socket } from './socket.ts';

/** What the page looks at: one run, its series and their points. */
export interface Look {
  readonly run: string;
  /** null until the server has said them. */
  readonly series: ReadonlySignal<readonly SeriesState[] | null>;
  readonly points: Points;
}

/** Asks the server for the run that is looked at, and keeps what it sends of it. */
export interface Feed {
  readonly look: ReadonlySignal<Look | null>;
  /** Counts up when points have come: what shows numbers beside a chart hangs on it. */
  readonly beat: ReadonlySignal<number>;
  open(run: string | null): void;
  /** Says the view anew: after every opening of the connection, and when the charts have become wider. */
  ask(width: number): void;
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

export function createFeed(
  socket: () => Socket,
  on: { frame(frame: ServerFrame): void; points(look: Look, series: ReadonlySet<string>): void },
): Feed {
  const look = signal<Look | null>(null);
  const beat = signal(0);
  let series = signal<readonly SeriesState[] | null>(null);
  let view = 0;
  let width = 1024;
  let arrived = false;

  const say = (): void => {
    const runs = look.value ? [look.value.run] : [];
    view += 1;
    if (look.value) look.value.points.crowd = 0;
    socket().send({ kind: 'view', view, runs, width } satisfies ViewFrame);
  };

  const pulse = (): void => {
    if (arrived) beat.value += 1;
    arrived = false;
  };

  return {
    look,
    beat,
    open: (run) => {
      if (run === (look.value?.run ?? null)) return;
      series = signal(null);
      look.value = run === null ? null : { run, series, points: new Points() };
      say();
    },
    ask: (wished) => {
      width = Math.min(8192, Math.max(16, Math.ceil(wished)));
      say();
    },
    stop: (run) => socket().send({ kind: 'stop', run } satisfies StopFrame),
    receive: (data) => {
      if (typeof data === 'string') {
        const frame = JSON.parse(data) as ServerFrame;
        if (frame.kind === 'series') {
          if (frame.view === view && frame.run === look.value?.run) series.value = frame.series;
        } else on.frame(frame);
        return;
      }
      const { header, columns } = decodePoints(data as ArrayBuffer);
      const current = look.value;
      if (header.view !== view || header.run !== current?.run) return;
      const changed = current.points.apply(header, columns);
      arrived = true;
      // A view's first points are read out at once; those that go on coming, at the pulse.
      if (header.parts.some(({ replace }) => replace)) pulse();
      on.points(current, changed);
      if (current.points.crowd > CROWDED * width) say();
    },
    pulse,
  };
}
