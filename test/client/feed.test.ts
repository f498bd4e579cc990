import { expect, it } from 'vitest';
import { createFeed, type Feed } from '../../client/feed.ts';
import type { ViewFrame } from '../../shared/frames.ts';
import { encodePoints } from '../../shared/points.ts';

function start(): { feed: Feed; views: ViewFrame[]; changed: string[] } {
  const views: ViewFrame[] = [];
  const changed: string[] = [];
  const feed = createFeed(
    () => ({ send: (frame) => views.push(frame as ViewFrame), retry: () => undefined }),
    {
      frame: () => undefined,
      points: (_, series) => changed.push(...series),
    },
  );
  return { feed, views, changed };
}

/** A frame of `count` points of the series "loss", from step `from`. */
function points(view: number, from: number, count: number, replace: boolean): ArrayBuffer {
  const steps = Float64Array.from({ length: count }, (_, i) => from + i);
  const part = { series: 'loss', rank: 0, attempt: 0, count, total: count, replace };
  return encodePoints({ kind: 'points', view, run: 'r', parts: [part] }, [
    { steps, times: steps, values: steps },
  ]).buffer as ArrayBuffer;
}

it('appends points of the view, replaces where told to, and ignores those of an older view', () => {
  const { feed, changed } = start();
  feed.open(['r']);
  feed.receive(points(1, 0, 10, true));
  feed.receive(points(1, 10, 5, false));
  const line = () => feed.look.value!.points.lines('loss')[0];
  expect(line().length).toBe(15);
  feed.receive(points(0, 100, 5, false));
  expect(line().length).toBe(15);
  feed.receive(points(1, 0, 3, true));
  expect(line().length).toBe(3);
  expect(changed).toEqual(['loss', 'loss', 'loss']);
});

it('asks anew when live points have outgrown the width, and not before they have doubled', () => {
  const { feed, views } = start();
  feed.open(['r']);
  feed.ask(100);
  expect(views).toHaveLength(2);
  feed.receive(points(2, 0, 1000, true));
  feed.receive(points(2, 1000, 1000, false));
  expect(views).toHaveLength(2);
  feed.receive(points(2, 2000, 1, false));
  expect(views.at(-1)).toEqual({ kind: 'view', view: 3, runs: ['r'], width: 100 });
  feed.receive(points(3, 0, 400, true));
  feed.receive(points(3, 400, 300, false));
  expect(views).toHaveLength(3);
});

it('takes the series of the run it looks at', () => {
  const { feed } = start();
  feed.open(['r']);
  feed.receive(JSON.stringify({ kind: 'series', view: 1, run: 'other', series: [] }));
  expect(feed.look.value?.series.value).toBeNull();
  feed.receive(JSON.stringify({ kind: 'series', view: 1, run: 'r', series: [] }));
  expect(feed.look.value?.series.value).toEqual([]);
});

it('beats at once for a view’s first points, then once for however many came between two pulses', () => {
  const { feed } = start();
  feed.open(['r']);
  feed.receive(points(1, 0, 1, true));
  expect(feed.beat.value).toBe(1);
  feed.receive(points(1, 1, 1, false));
  feed.receive(points(1, 2, 1, false));
  expect(feed.beat.value).toBe(1);
  feed.pulse();
  feed.pulse();
  expect(feed.beat.value).toBe(2);
});

it('keeps what it knows of runs that stay in view', () => {
  const { feed, views } = start();
  feed.open(['r']);
  feed.receive(points(1, 0, 10, true));
  feed.open(['r', 'other']);
  expect(views.at(-1)?.runs).toEqual(['r', 'other']);
  expect(feed.looks.value.map(({ points: { last } }) => last)).toEqual([9, -Infinity]);
  feed.open(['r', 'other']);
  expect(views).toHaveLength(2);
});
