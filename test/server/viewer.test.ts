import type { WebSocket } from 'ws';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ServerFrame } from '../../shared/frames.ts';
import { decodePoints } from '../../shared/points.ts';
import { Run } from '../../server/store/run.ts';
import type { Window } from '../../server/store/window.ts';
import { Viewer } from '../../server/viewer.ts';
import { helloRecord, tableOf, tableRecord } from '../support/tables.ts';

const sent: (string | Uint8Array)[] = [];
const socket = {
  OPEN: 1,
  readyState: 1,
  bufferedAmount: 0,
  send: (data: string | Uint8Array) => sent.push(data),
};
/** How often frames that had been held back were written. */
let writes = 0;
let held = 0;
const wire = {
  cork: () => (held = sent.length),
  uncork: () => (writes += Number(sent.length > held)),
};
let run: Run;
let viewer: Viewer;
/** What is read of sealed points. */
let read: Promise<Window>;
let lines = 0;

const frames = () =>
  sent.filter((data) => typeof data === 'string').map((data) => JSON.parse(data) as ServerFrame);
const points = () =>
  sent.filter((data) => typeof data !== 'string').map((data) => decodePoints(new Uint8Array(data).buffer));

function log(values: readonly number[]): void {
  run.apply(tableRecord(tableOf(values, { firstStep: lines }), lines + 1));
  lines += values.length;
  viewer.markRun('r');
  viewer.markPoints('r');
}

beforeEach(() => {
  sent.length = 0;
  lines = writes = 0;
  socket.bufferedAmount = 0;
  run = new Run(helloRecord());
  run.apply(helloRecord());
  const frame = (kind: string) => ({ kind }) as ServerFrame;
  viewer = new Viewer(socket as unknown as WebSocket, wire, {
    runs: new Map([['r', run]]),
    snapshot: (only) => frame(only ? `snapshot of ${[...only].join()}` : 'snapshot'),
    rest: (told) => frame(`rest beside ${[...told].join()}`),
    update: () => frame('update'),
    series: () => frame('series'),
    window: () => read,
    due: () => undefined,
  });
  read = Promise.reject(new Error('nothing is sealed'));
  read.catch(() => undefined);
  viewer.look({ kind: 'view', view: 1, runs: ['r'], width: 16 });
});

describe('a viewer’s frames', () => {
  it('are of what it began with before they are of the others, also where that is on disk', async () => {
    log([1, 2, 3]);
    run.settle(1);
    let come!: (window: Window) => void;
    read = new Promise((resolve) => (come = resolve));
    viewer.begin({ kind: 'view', view: 2, runs: ['r'], width: 16 });
    viewer.flush(0);
    viewer.flush(1_000);
    expect(frames().map(({ kind }) => kind)).toEqual(['snapshot of r', 'series']);
    const [steps, times, values] = [
      [0, 1, 2],
      [0, 1, 2],
      [1, 2, 3],
    ].map((of) => Float64Array.from(of));
    come({ steps, times, values, total: 3, damaged: [], seen: { length: 3, rewrites: 0 } });
    await new Promise(setImmediate);
    expect(points()[0].parts[0].steps).toHaveLength(3);
    viewer.flush(2_000);
    expect(frames().map(({ kind }) => kind)).toEqual(['snapshot of r', 'series', 'rest beside r']);
    expect(viewer.flush(3_000)).toBe(Infinity);
    expect(frames()).toHaveLength(3);
  });

  it('are nothing while it is stalled, and the latest state when it reads again', () => {
    viewer.flush(0);
    socket.bufferedAmount = 2 * 1024 * 1024;
    sent.length = 0;
    for (let i = 0; i < 500; i++) {
      log([i]);
      expect(viewer.flush(i)).toBe(i + 50);
    }
    expect(sent).toEqual([]);
    socket.bufferedAmount = 0;
    viewer.flush(1_000);
    const [only, ...more] = points();
    expect(more).toEqual([]);
    expect(only.parts).toMatchObject([{ replace: true, total: 500 }]);
    expect(only.parts[0].steps.length).toBeLessThanOrEqual(16 * 5);
    expect(only.parts[0].values.at(-1)).toBe(499);
  });

  it('carry each point once', () => {
    log([1, 2]);
    viewer.flush(0);
    log([3]);
    viewer.flush(1);
    viewer.flush(2);
    expect(points().flatMap(({ parts }) => [...parts[0].values])).toEqual([1, 2, 3]);
  });

  it('replace a series whose points came late', () => {
    log([1, 2, 3]);
    viewer.flush(0);
    run.apply(tableRecord(tableOf([9], { firstStep: 1 }), 50));
    viewer.markPoints('r');
    viewer.flush(1);
    const { parts } = points()[1];
    expect(parts[0]).toMatchObject({ replace: true, total: 4 });
    expect([...parts[0].values]).toEqual([1, 2, 9, 3]);
  });

  it('bring the list up to date at most twice a second, findings at once', () => {
    viewer.look({ kind: 'view', view: 2, runs: [], width: 16 });
    viewer.flush(0);
    viewer.markRun('r');
    expect(viewer.flush(100)).toBe(500);
    expect(frames().map(({ kind }) => kind)).toEqual(['snapshot']);
    viewer.markFinding('r', 'f');
    expect(viewer.flush(110)).toBe(Infinity);
    expect(frames().map(({ kind }) => kind)).toEqual(['snapshot', 'update']);
  });

  it('bring the list up to date with points, in one write, where they come within a moment', () => {
    viewer.flush(0);
    log([1]);
    expect(viewer.flush(100)).toBe(600);
    log([2]);
    sent.length = writes = 0;
    expect(viewer.flush(510)).toBe(Infinity);
    expect(frames().map(({ kind }) => kind)).toEqual(['update']);
    expect(points()).toHaveLength(1);
    expect(writes).toBe(1);
    viewer.markRun('r');
    expect(viewer.flush(520)).toBe(1110);
    viewer.flush(1110);
    expect(frames().map(({ kind }) => kind)).toEqual(['update', 'update']);
  });

  it('go at once after a quiet while, and are at most 30 in any second', () => {
    viewer.flush(0);
    sent.length = 0;
    const at: number[] = [];
    let due = Infinity;
    for (let now = 1_000; now < 4_000; now++) {
      if (now % 3 === 0) log([now]);
      if (now % 3 !== 0 && now < due) continue;
      const before = sent.length;
      due = viewer.flush(now);
      if (sent.length > before) at.push(now);
    }
    viewer.flush(5_000);
    expect(at[0]).toBe(1_002);
    at.forEach((time, i) => expect(time - (at[i - 30] ?? 0)).toBeGreaterThan(1_000));
    expect(at.length).toBeGreaterThan(75);
    expect(points().flatMap(({ parts }) => [...parts[0].values])).toHaveLength(lines);
  });

  it('are not held up by being looked at while nothing is sent', () => {
    viewer.flush(0);
    for (let now = 1_000; now < 1_100; now++) viewer.flush(now);
    log([1]);
    sent.length = 0;
    viewer.flush(1_100);
    expect(points()).toHaveLength(1);
  });

  it('of a whole run by time are read by its columns of time, not cut by those of steps', async () => {
    const asked: object[] = [];
    read = { then: (...to) => (asked.push(to), whole.then(...to)) } as Promise<Window>;
    const [steps, times, values] = [0, 1, 2].map(() => Float64Array.of(1));
    const whole = Promise.resolve({ steps, times, values, total: 1, damaged: [], seen: { length: 500, rewrites: 0 } }); // prettier-ignore
    log(Array.from({ length: 500 }, (_, i) => i));
    const windows = [{ run: 'r', axis: 'time' as const, width: 16 }];
    viewer.look({ kind: 'view', view: 2, runs: [], width: 16, windows });
    viewer.flush(0);
    await new Promise(setImmediate);
    expect(asked).toHaveLength(1);
    expect(points()[0].parts).toMatchObject([{ window: 0, total: 1, replace: true }]);
  });

  it('leave out runs that are not looked at', () => {
    viewer.look({ kind: 'view', view: 2, runs: [], width: 16 });
    log([1]);
    viewer.flush(0);
    expect(points()).toEqual([]);
  });
});
