import { expect, it } from 'vitest';
import { createFeed, type Feed } from '../../client/feed.ts';
import type { SeriesState, ServerFrame, ViewFrame } from '../../shared/frames.ts';
import { encodePoints } from '../../shared/points.ts';

function start(): { feed: Feed; views: ViewFrame[]; changed: string[]; told: ServerFrame[] } {
  const views: ViewFrame[] = [];
  const changed: string[] = [];
  const told: ServerFrame[] = [];
  const feed = createFeed(
    () => ({ send: (frame) => views.push(frame as ViewFrame), retry: () => undefined }),
    {
      frame: (frame) => told.push(frame),
      points: (_, series) => changed.push(...series),
    },
  );
  return { feed, views, changed, told };
}

const state = (series: string, rank = 0): SeriesState => ({
  ...{ series, rank, role: 'loss', split: null, quantity: series, goal: null },
});

/** What a run's series are, by their places. */
function names(view: number, ...series: readonly SeriesState[]): string {
  return JSON.stringify({ kind: 'series', view, run: 'r', series } satisfies ServerFrame);
}

/** A frame of `count` points of the first series, or another, from step `from`. */
function points(view: number, from: number, count: number, replace: boolean, series = 0): ArrayBuffer {
  const steps = Float64Array.from({ length: count }, (_, i) => from + i);
  const columns = { steps, times: steps, values: steps };
  const part = { series, attempt: 0, total: count, replace, window: null, ...columns };
  return encodePoints({ view, run: 'r', parts: [part] }).buffer;
}

it('appends points of the view, replaces where told to, and ignores those of an older view', () => {
  const { feed, changed } = start();
  feed.open(['r']);
  feed.receive(names(1, state('loss')));
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
  feed.receive(names(2, state('loss')));
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
  feed.receive(names(1, state('loss')));
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
  feed.receive(names(1, state('loss')));
  feed.receive(points(1, 0, 10, true));
  feed.open(['r', 'other']);
  expect(views.at(-1)?.runs).toEqual(['r', 'other']);
  expect(feed.looks.value.map(({ points: { last } }) => last)).toEqual([9, -Infinity]);
  feed.open(['r', 'other']);
  expect(views).toHaveLength(2);
});

it('takes points for the series of their place, which a later list only adds to', () => {
  const { feed, changed, told } = start();
  feed.open(['r']);
  feed.receive(names(1, state('val/loss'), state('val/loss', 1)));
  feed.receive(points(1, 0, 2, true, 1));
  feed.receive(names(1, state('val/loss'), state('val/loss', 1), state('acc')));
  feed.receive(points(1, 2, 3, false, 1));
  feed.receive(points(1, 0, 4, true, 2));
  const lengths = (series: string) =>
    feed.look.value!.points.lines(series).map(({ rank, length }) => [rank, length]);
  expect(lengths('val/loss')).toEqual([[1, 5]]);
  expect(lengths('acc')).toEqual([[0, 4]]);
  expect(changed).toEqual(['val/loss', 'val/loss', 'acc']);
  expect(told).toEqual([]);
});

/** A frame that ends too early. */
const torn = (view: number): ArrayBuffer => points(view, 0, 2, true).slice(0, -8);

it('says what is wrong with a frame, takes nothing of it, and asks for the view anew', () => {
  const { feed, views, changed, told } = start();
  feed.open(['r']);
  feed.receive(names(1, state('loss')));
  feed.receive(torn(1));
  expect(views.map(({ view }) => view)).toEqual([1, 2]);
  feed.receive(names(2, state('loss')));
  feed.receive(points(2, 0, 2, true, 1));
  expect(views.map(({ view }) => view)).toEqual([1, 2, 3]);
  feed.receive(names(3, state('loss')));
  feed.receive('{"kind":');
  expect(views.map(({ view }) => view)).toEqual([1, 2, 3, 4]);
  const anew = 'The view is asked for anew.';
  expect(told).toEqual(
    [
      `points frame: bytes of a block must be at most 72, got 80. ${anew}`,
      `points frame: series must be one of the 1 of run r, got 1. ${anew}`,
      expect.stringMatching(/JSON.*The view is asked for anew\.$/) as string,
    ].map((message) => ({ kind: 'error', code: 'bad-frame', message })),
  );
  expect(changed).toEqual([]);
  feed.receive(names(4, state('loss')));
  feed.receive(points(4, 0, 2, true));
  expect(feed.look.value!.points.lines('loss')[0].length).toBe(2);
});

it('asks once for all bad frames that were on their way', () => {
  const { feed, views, told } = start();
  feed.open(['r']);
  for (let i = 0; i < 5; i++) feed.receive(torn(1));
  expect([views.length, told.length]).toEqual([2, 1]);
});

it('stops asking a server that goes on sending bad frames, and asks again once it has been quiet', () => {
  const { feed, views, told } = start();
  feed.open(['r']);
  const bad = (): void => {
    feed.receive(names(views.at(-1)!.view, state('loss')));
    feed.receive(torn(views.at(-1)!.view));
  };
  for (let i = 0; i < 20; i++) bad();
  expect(views).toHaveLength(4);
  expect(told.at(-1)).toMatchObject({ message: expect.stringContaining('load the page again') as string });
  for (let i = 0; i <= 240; i++) feed.pulse();
  bad();
  expect(views).toHaveLength(5);
});

it('does not ask again for what was asked for while the page was loaded, and takes its points', () => {
  const { feed, views } = start();
  const asked: ViewFrame = { kind: 'view', view: 1, runs: ['r'], width: 800 };
  feed.open(['r']);
  const before = views.length; // said while the connection is not open: dropped by it
  feed.ask(800, asked);
  expect(views).toHaveLength(before);
  feed.receive(names(1, state('loss')));
  feed.receive(points(1, 0, 10, true));
  expect(feed.look.value!.points.lines('loss')[0].length).toBe(10);
  feed.ask(1600);
  expect(views.at(-1)!.view).toBeGreaterThan(1);
});

it.each([
  ['runs', { kind: 'view', view: 1, runs: ['other'], width: 800 }],
  ['width', { kind: 'view', view: 1, runs: ['r'], width: 400 }],
] as const)('asks where what was asked for is of other %s', (_, asked) => {
  const { feed, views } = start();
  feed.open(['r']);
  feed.ask(800, { ...asked, runs: [...asked.runs] });
  expect(views.at(-1)).toEqual({ kind: 'view', view: 2, runs: ['r'], width: 800 });
});
