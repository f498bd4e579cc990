import { expect, it } from 'vitest';
import { createRedraw, type Drawable } from '../../client/chart/redraw.ts';

/** Frames and visibility by hand; each drawing takes `cost` ms of script, and `paint` ms after it. */
function stage(
  count: number,
  cost: number,
  { paint = 0, pace }: { paint?: number; pace?: number } = {},
): {
  /** @param late ms for which something else held the next frame up */
  frame: (late?: number) => void;
  see: (index: number, visible: boolean) => void;
  redraw: ReturnType<typeof createRedraw<string>>;
  charts: Drawable<string>[];
  drawn: string[];
  /** Frames that are waited for. */
  tasks: (() => void)[];
  /** What has a time to be done at. */
  timers: readonly object[];
} {
  let time = 0;
  let unpainted = 0;
  const tasks: (() => void)[] = [];
  const after: (() => void)[] = [];
  const timers: { readonly at: number; readonly task: () => void }[] = [];
  const seen = new Map<string, (visible: boolean) => void>();
  const drawn: string[] = [];
  const redraw = createRedraw<string>({
    frame: (task) => tasks.push(task),
    later: (task, ms) => timers.push({ at: time + ms, task }),
    painted: (task) => after.push(task),
    now: () => time,
    watch: (element, say) => {
      seen.set(element, say);
      return () => seen.delete(element);
    },
  });
  const charts = Array.from({ length: count }, (_, i) => {
    const element = String.fromCharCode(97 + i);
    return {
      element,
      ...(pace !== undefined && { pace }),
      draw: () => void (drawn.push(element), (time += cost), (unpainted += 1)),
    };
  });
  charts.forEach((chart) => redraw.add(chart));
  return {
    redraw,
    charts,
    drawn,
    tasks,
    timers,
    frame: (late = 0) => {
      tasks.splice(0).forEach((task) => task());
      time += unpainted * paint;
      unpainted = 0;
      after.splice(0).forEach((task) => task());
      time += late;
      const due = timers.filter(({ at }) => at <= time);
      timers.splice(0, timers.length, ...timers.filter(({ at }) => at > time));
      due.forEach(({ task }) => task());
    },
    see: (index, visible) => seen.get(charts[index].element)?.(visible),
  };
}

it('draws what is visible once, however often it was marked', () => {
  const { frame, see, redraw, charts, drawn } = stage(2, 1);
  see(0, true);
  redraw.mark(charts[0]);
  redraw.mark(charts[1]);
  redraw.mark(charts[0]);
  frame();
  frame();
  expect(drawn).toEqual(['a']);
});

it('draws a chart that changed out of sight when it comes into view', () => {
  const { frame, see, redraw, charts, drawn } = stage(1, 1);
  redraw.mark(charts[0]);
  frame();
  expect(drawn).toEqual([]);
  see(0, true);
  frame();
  expect(drawn).toEqual(['a']);
});

it('draws what is taken to be in sight, until it is known not to be', () => {
  const { frame, see, redraw, charts, drawn } = stage(1, 1);
  redraw.remove(charts[0]);
  redraw.add(charts[0], true);
  frame();
  expect(drawn).toEqual(['a']);
  see(0, false);
  redraw.mark(charts[0]);
  frame();
  expect(drawn).toEqual(['a']);
});

it('stops at its budget and goes on with those that waited, so that each has its turn', () => {
  const { frame, see, redraw, charts, drawn } = stage(4, 5);
  charts.forEach((_, i) => see(i, true));
  frame();
  expect(drawn.join('')).toBe('ab');
  redraw.mark(charts[0]);
  frame();
  expect(drawn.join('')).toBe('abcd');
  frame();
  expect(drawn.join('')).toBe('abcda');
});

it('leaves a removed chart alone', () => {
  const { frame, see, redraw, charts, drawn } = stage(1, 1);
  see(0, true);
  redraw.remove(charts[0]);
  frame();
  expect(drawn).toEqual([]);
});

it('draws fewer at a time while painting takes long, and more again when it does not', () => {
  const { frame, see, redraw, charts, drawn } = stage(64, 0, { paint: 4 });
  charts.forEach((_, i) => see(i, true));
  const counts: number[] = [];
  for (let i = 0; i < 9; i++) {
    redraw.markAll();
    const before = drawn.length;
    frame();
    counts.push(drawn.length - before);
  }
  expect(counts.slice(0, 5)).toEqual([64, 32, 16, 8, 6]);
  expect(Math.max(...counts.slice(5))).toBeLessThanOrEqual(7);
});

it('draws as many as before where frames are late for another reason', () => {
  const { frame, see, redraw, charts, drawn } = stage(8, 0.5);
  charts.forEach((_, i) => see(i, true));
  for (let i = 0; i < 9; i++) {
    redraw.markAll();
    const before = drawn.length;
    frame(100);
    expect(drawn.length - before).toBe(8);
  }
});

it('draws what has waited long, however slow painting is', () => {
  const { frame, see, redraw, charts, drawn } = stage(26, 0, { paint: 20 });
  charts.forEach((_, i) => see(i, true));
  for (let i = 0; i < 40; i++) {
    redraw.markAll();
    frame();
  }
  const counts = charts.map(({ element }) => drawn.filter((one) => one === element).length);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  expect(Math.min(...counts)).toBeGreaterThan(2);
});

it('draws what has a pace only so often, and its last change for certain', () => {
  const { frame, see, redraw, charts, drawn, timers } = stage(1, 0, { pace: 250 });
  see(0, true);
  for (let i = 0; i < 30; i++) {
    redraw.mark(charts[0]);
    frame(20);
  }
  expect(drawn.length).toBe(3); // at 0, 260 and 520 of 600 ms
  while (timers.length > 0) frame(20);
  frame();
  expect(drawn.length).toBe(4);
});

it('asks for no frame while nothing is due, and for one timer however many wait', () => {
  const { frame, see, redraw, charts, drawn, tasks, timers } = stage(3, 0, { pace: 250 });
  charts.forEach((_, i) => see(i, true));
  frame(20);
  redraw.markAll();
  frame(20);
  expect([drawn, tasks.length, timers.length]).toEqual([['a', 'b', 'c'], 0, 1]);
  frame(300);
  expect([tasks.length, timers.length]).toEqual([1, 0]);
  frame();
  expect([drawn.length, tasks.length, timers.length]).toEqual([6, 0, 0]);
});

it('draws one chart at least of a frame that was held up before it began, for nothing else would call it again', () => {
  const tasks: (() => void)[] = [];
  const drawn: string[] = [];
  let time = 0;
  const redraw = createRedraw<string>({
    frame: (task) => tasks.push(task),
    later: () => undefined,
    painted: () => undefined,
    // Between two looks at the clock another process has had the processor.
    now: () => (time += 20),
    watch: (_, see) => {
      see(true);
      return () => undefined;
    },
  });
  const charts = ['a', 'b'].map((element) => ({ element, draw: () => void drawn.push(element) }));
  charts.forEach((chart) => redraw.add(chart));
  redraw.markAll();
  for (let i = 0; i < 2; i++) tasks.splice(0).forEach((task) => task());
  expect(drawn).toEqual(['a', 'b']);
});

it('draws at once where it is told to, and nothing again in the frame that was asked for', () => {
  const { frame, redraw, charts, drawn } = stage(0, 1);
  const chart = { element: 'z', draw: () => void drawn.push('z') };
  redraw.add(chart, true);
  redraw.now();
  expect(drawn).toEqual(['z']);
  frame();
  expect([drawn, charts]).toEqual([['z'], []]);
});

it('draws ahead of the frame once, and what changes before that is painted in it', () => {
  const { frame, see, redraw, charts, drawn, tasks } = stage(2, 1);
  charts.forEach((_, i) => see(i, true));
  frame();
  drawn.length = 0;
  redraw.markAll();
  redraw.ahead();
  expect([drawn, tasks.length]).toEqual([['a', 'b'], 1]);
  redraw.mark(charts[0]);
  redraw.ahead();
  expect(drawn).toEqual(['a', 'b']);
  frame();
  expect(drawn).toEqual(['a', 'b', 'a']);
  redraw.mark(charts[1]);
  redraw.ahead();
  frame(); // paints, and has nothing to draw
  redraw.mark(charts[0]);
  redraw.ahead();
  expect(drawn).toEqual(['a', 'b', 'a', 'b', 'a']);
});

it('knows how long the painting takes of what was drawn ahead of its frame', () => {
  const { frame, see, redraw, charts, drawn } = stage(12, 0, { paint: 30 });
  charts.forEach((_, i) => see(i, true));
  frame();
  for (let i = 0; i < 12; i++) {
    redraw.markAll();
    redraw.ahead();
    frame();
  }
  drawn.length = 0;
  redraw.markAll();
  redraw.ahead();
  expect(drawn.length).toBe(6);
});
