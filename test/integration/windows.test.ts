import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ack } from '../../shared/answers.ts';
import { decodePoints } from '../../shared/points.ts';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';

const POINTS = 30_000;
const START = 1_790_000_000;
const value = (step: number) => Math.sin(step * step) + (step === 17_321 ? 99 : 0);

let folder: ReturnType<typeof temporaryFolder>;
let app: Awaited<ReturnType<typeof startApp>>;
let trainer: Client;
const warnings: string[] = [];
beforeEach(async () => {
  folder = temporaryFolder();
  warnings.length = 0;
  app = await startApp(folder.path, { segmentBytes: 100_000, warn: (message) => warnings.push(message) });
  trainer = await Client.open(`${app.url}/api/trainer`);
  trainer.send({ kind: 'run', protocol: 1, run: 'r1', writer: 'w1' });
});
afterEach(async () => {
  await app.close();
  expect(warnings).toEqual([]);
  folder.remove();
});

/**
 * Logs steps `from` to `to`, whose numbers are the steps', and waits until they are durable.
 * @param start the trainer's clock at step 0
 */
async function log(from: number, to: number, start = START): Promise<void> {
  const lines = Array.from({ length: to - from + 1 }, (_, i) => {
    const seq = from + i;
    return { kind: 'log', seq, step: seq, time: start + seq, values: { loss: value(seq) } };
  });
  trainer.send(...lines);
  let seq = 0;
  while (seq < to) ({ seq } = await trainer.kind<Ack>('ack'));
}
/** What a viewer is sent that is of a window of its view. */
async function windows(client: Client, count: number): Promise<ReturnType<typeof decodePoints>[]> {
  const found: ReturnType<typeof decodePoints>[] = [];
  while (found.length < count) {
    const frame = decodePoints(await client.binary());
    if (frame.parts.some(({ window }) => window !== null)) found.push(frame);
  }
  return found;
}

describe('a window of a long series that is sealed', () => {
  it('comes as its own points, every one, where its columns can show them', async () => {
    await log(1, POINTS);
    const client = await Client.open(`${app.url}/api/viewer`);
    const stretch = { run: 'r1', series: 'loss', from: 17_000, to: 17_999, width: 1_000 };
    client.send({ kind: 'view', view: 3, runs: ['r1'], width: 100, windows: [stretch] });
    const [frame] = await windows(client, 1);
    expect(frame).toMatchObject({
      view: 3,
      run: 'r1',
      parts: [{ series: 0, window: 0, total: 1_000, replace: true }],
    });
    const steps = Array.from({ length: 1_000 }, (_, i) => 17_000 + i);
    expect([...frame.parts[0].steps]).toEqual(steps);
    expect([...frame.parts[0].times]).toEqual(steps.map((step) => 1_790_000_000 + step));
    expect([...frame.parts[0].values]).toEqual(steps.map(value));
  });

  it('comes decimated where they cannot, and keeps its extreme', async () => {
    await log(1, POINTS);
    const client = await Client.open(`${app.url}/api/viewer`);
    client.send({ kind: 'view', view: 1, runs: [], width: 100, windows: [{ run: 'r1', from: 10_001, to: 20_000, width: 50 }] }); // prettier-ignore
    const [{ parts }] = await windows(client, 1);
    expect(parts).toMatchObject([{ series: 0, window: 0, total: 10_000 }]);
    expect(parts[0].steps.length).toBeLessThanOrEqual(50 * 5);
    expect(Math.max(...parts[0].values)).toBe(value(17_321));
    expect(parts[0].steps[0]).toBe(10_001);
    expect(parts[0].steps.at(-1)).toBe(20_000);
  });
});

describe('a window by time, where the clock was set back', () => {
  it('has the points before and after, of sealed ones and as they come, and by HTTP', async () => {
    await log(1, POINTS);
    await log(POINTS + 1, POINTS + 3_000, START - 15_000);
    await app.idle();
    const [from, to] = [START + 17_000, START + 19_999];
    const client = await Client.open(`${app.url}/api/viewer`);
    client.send({ kind: 'view', view: 1, runs: [], width: 8_000, windows: [{ run: 'r1', axis: 'time', from, to, width: 8_000 }] }); // prettier-ignore
    const steps = [
      ...Array.from({ length: 3_000 }, (_, i) => 17_000 + i),
      ...Array.from({ length: 1_001 }, (_, i) => 32_000 + i),
    ];
    expect((await windows(client, 1)).map(({ parts }) => [...parts[0].steps])).toEqual([steps]);
    await log(POINTS + 3_001, POINTS + 3_010, START - 15_000);
    steps.push(...Array.from({ length: 10 }, (_, i) => POINTS + 3_001 + i));
    for (let last = 0; last < steps.length;) {
      const [{ parts }] = await windows(client, 1);
      expect([...parts[0].steps]).toEqual(steps.slice(0, parts[0].steps.length));
      last = parts[0].steps.length;
    }
    const url = `/api/points?run=r1&series=loss&axis=time&from=${from}&to=${to}`;
    for (const width of ['', '&width=8000']) {
      const answer = await app.http.inject({ url: url + width, headers: { host: 'localhost' } });
      const { points } = answer.json<{ points: { steps: number[]; total: number }[] }>();
      expect(points).toMatchObject([{ steps, total: steps.length }]);
    }
  });
});

describe('two viewers with the same view', () => {
  it('are sent the same frames, of the whole run and of windows, and of what comes', async () => {
    await log(1, POINTS);
    const view = {
      ...{ kind: 'view', view: 2, runs: ['r1'], width: 200 },
      windows: [
        { run: 'r1', series: 'loss', from: 12_000, to: 12_500, width: 600 },
        { run: 'r1', axis: 'time', from: 1_790_000_000 + POINTS - 100, width: 600 },
      ],
    };
    const viewers = [await Client.open(`${app.url}/api/viewer`), await Client.open(`${app.url}/api/viewer`)];
    const frames: Buffer[][] = [[], []];
    /** Reads frames until the run and the window that is open to its end have both come to a step. */
    const gather = async (step: number) => {
      for (const [i, client] of viewers.entries()) {
        for (
          const last = new Map<number | null, number>();
          last.get(null) !== step || last.get(1) !== step;
        ) {
          const bytes = await client.binary();
          frames[i].push(Buffer.from(bytes));
          const [{ window, steps }] = decodePoints(bytes).parts;
          last.set(window, steps.at(-1)!);
        }
      }
    };
    // What has to be read may come in any order.
    const sorted = (some: readonly Buffer[]) => some.map((frame) => frame.toString('base64')).sort();
    for (const client of viewers) client.send(view);
    await gather(POINTS);
    await log(POINTS + 1, POINTS + 3);
    await gather(POINTS + 3);
    expect(frames[0].length).toBeGreaterThanOrEqual(4);
    expect(sorted(frames[1])).toEqual(sorted(frames[0]));
  });
});

describe('a view that keeps what was in the one before', () => {
  it('is sent what is new in it alone, then what comes of both, each window by its place', async () => {
    await log(1, POINTS);
    const client = await Client.open(`${app.url}/api/viewer`);
    const first = { run: 'r1', series: 'loss', from: 12_000, to: 12_500, width: 600 };
    const second = { run: 'r1', series: 'loss', from: POINTS - 99, width: 600 };
    client.send({ kind: 'view', view: 1, runs: ['r1'], width: 100, windows: [second] });
    const told = ({ view, parts }: ReturnType<typeof decodePoints>) =>
      parts.map(({ window, replace, steps }) => [view, window, replace, steps.length]);
    const next = async () => told(decodePoints(await client.binary()));
    const opening = [await next(), await next()].flat();
    expect(opening).toContainEqual([1, 0, true, 100]);
    client.send({ kind: 'view', view: 2, runs: ['r1'], width: 100, windows: [first, second], keep: true });
    expect(await next()).toEqual([[2, 0, true, 501]]);
    await log(POINTS + 1, POINTS + 1);
    const coming = [await next(), await next()].flat();
    expect(coming).toContainEqual([2, null, false, 1]);
    expect(coming).toContainEqual([2, 1, true, 101]);
  });
});
