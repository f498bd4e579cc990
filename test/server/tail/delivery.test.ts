import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { Delivery, type Said } from '../../../server/tail/delivery.ts';
import type { PointsEntry } from '../../../server/tail/entry.ts';
import type { PointsPiece } from '../../../server/tail/queue.ts';
import { decodeLogFrame } from '../../../shared/log-frame.ts';
import { points, range } from './points.ts';

/** Lines of a frame of text, or the numbers of the rows of a binary one with the ids of its columns. */
type Heard = Record<string, unknown>[] | { seqs: [number, number]; ids: number[] };

let server: WebSocketServer;
let delivery: Delivery;
let warnings: string[];
/** Frames that came and were not looked at. */
let heard: Heard[];
let wake: () => void;
let socket: WebSocket;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  heard = [];
  warnings = [];
  wake = () => undefined;
  server.on('connection', (one) => {
    socket = one;
    one.on('message', (data: Buffer, isBinary) => {
      heard.push(isBinary ? binary(data) : data.toString().split('\n').map((line) => JSON.parse(line) as never)); // prettier-ignore
      wake();
    });
  });
  const { port } = server.address() as AddressInfo;
  delivery = new Delivery({
    url: `http://127.0.0.1:${port}`,
    token: null,
    warn: (text) => warnings.push(text),
  });
  await delivery.open();
});
afterEach(() => {
  delivery.close();
  for (const one of server.clients) one.terminate();
  server.close();
});

function binary(data: Buffer): Heard {
  const decoded = decodeLogFrame(new Uint8Array(data), 1_000);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.fault));
  const { seq, steps, columns } = decoded.frame;
  return { seqs: [seq, seq + steps.length - 1], ids: columns.map(({ id }) => id) };
}

/** The next frame that comes, waiting for it. */
async function next(): Promise<Heard> {
  while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
  return heard.shift()!;
}

const answer = (...answers: object[]) => socket.send(answers.map((one) => JSON.stringify(one)).join('\n'));
const took = (writer: string, count: number) => answer({ kind: 'series', run: 'r', writer, count });
const refuse = () => answer({ kind: 'error', code: 'too-many-series', message: 'too many series' });
const ack = (writer: string, seq: number) => answer({ kind: 'ack', run: 'r', writer, seq });

/** Points of a writer of the run r, as many as a binary frame is made for. */
function many(writer: string, first: number, given: PointsEntry = points(range(100))): Said {
  const count = given.steps.length;
  const piece = {
    kind: 'points',
    first,
    last: first + count - 1,
    points: given,
    from: 0,
    to: count,
  } as const;
  return { writer: `r\n${writer}`, hello: JSON.stringify({ kind: 'run', writer }), piece };
}

function lines(writer: string, first: number, ...texts: string[]): Said {
  const piece = { kind: 'lines', first, last: first + texts.length - 1, texts, characters: 9 } as const;
  return { writer: `r\n${writer}`, hello: JSON.stringify({ kind: 'run', writer }), piece };
}

const line = (seq: number) => JSON.stringify({ kind: 'log', seq });
const hello = (writer: string) => ({ kind: 'run', writer });
const naming = (first: number, ...names: string[]) => ({ kind: 'series', first, names });

/** The numbers of the lines of a frame of text; of others their kind. */
const numbers = (frame: Heard) =>
  Array.isArray(frame) ? frame.map(({ kind, seq }) => (kind === 'log' ? seq : kind)) : frame;

describe('a delivery', () => {
  it('sends many points as a binary frame once their series are agreed on, in order with the lines', async () => {
    const sent = delivery.deliver([lines('w', 1, line(1)), many('w', 2), lines('w', 102, line(102))]);
    expect(await next()).toEqual([hello('w'), { kind: 'log', seq: 1 }]);
    expect(await next()).toEqual([naming(0, 'a', 'b')]);
    expect(heard).toEqual([]);
    took('w', 2);
    expect(await next()).toEqual({ seqs: [2, 101], ids: [0, 1] });
    expect(numbers(await next())).toEqual([102]);
    await sent;
    // The second time nothing has to be said before.
    await delivery.deliver([many('w', 103)]);
    expect(await next()).toEqual({ seqs: [103, 202], ids: [0, 1] });
  });

  it('numbers what goes of a piece by where the piece begins, in frames and as text', async () => {
    // Of 150 points the last 130: 80, then 50 whose steps go back, the last of which has no time.
    const given = points([...range(149), NaN], [...range(100), ...range(50)]);
    const { piece, ...said } = many('w', 11, given);
    const sent = delivery.deliver([{ ...said, piece: { ...piece, last: 140, from: 20 } as PointsPiece }]);
    expect(await next()).toEqual([hello('w')]);
    expect(await next()).toEqual([naming(0, 'a', 'b')]);
    took('w', 2);
    expect(await next()).toMatchObject({ seqs: [11, 90] });
    expect(await next()).toMatchObject({ seqs: [91, 139] });
    expect(await next()).toEqual([{ kind: 'log', seq: 140, step: 49, values: { b: 74.5 } }]);
    await sent;
  });

  it('sends points as text where the server refuses their series, each with its number', async () => {
    const sent = delivery.deliver([many('w', 7), lines('w', 107, line(107))]);
    expect(await next()).toEqual([hello('w')]);
    expect(await next()).toEqual([naming(0, 'a', 'b')]);
    refuse();
    const text = await next();
    expect(numbers(text)).toEqual(range(101).map((i) => 7 + i));
    expect((text as object[])[3]).toEqual({ kind: 'log', seq: 10, step: 3, time: 3, values: { b: 1.5 } });
    ack('w', 107);
    await (
      await sent
    ).durable;
    // From then on it does not ask, but for other writers it does.
    const others = delivery.deliver([many('w', 108), many('v', 1)]);
    expect(numbers(await next())).toEqual([...range(100).map((i) => 108 + i), 'run']);
    expect(await next()).toEqual([naming(0, 'a', 'b')]);
    took('v', 2);
    expect(await next()).toEqual({ seqs: [1, 100], ids: [0, 1] });
    await others;
    await delivery.deliver([many('w', 208)]);
    expect(numbers(await next())).toEqual(['run', ...range(100).map((i) => 208 + i)]);
    expect(warnings).toEqual([]);
  });

  it('awaits no answer for series that the server took before, and asks all again on a new connection', async () => {
    const turns = delivery.deliver([many('w', 1), many('v', 1)]);
    for (const writer of ['w', 'v']) {
      expect(await next()).toEqual([hello(writer)]);
      expect(await next()).toEqual([naming(0, 'a', 'b')]);
      took(writer, 2);
      expect(await next()).toEqual({ seqs: [1, 100], ids: [0, 1] });
    }
    await turns;
    await delivery.deliver([many('w', 101)]);
    expect(await next()).toEqual([hello('w')]);
    expect(await next()).toEqual([naming(0, 'a', 'b')]);
    expect(await next()).toEqual({ seqs: [101, 200], ids: [0, 1] });
    socket.terminate();
    await once(server, 'connection');
    await delivery.open();
    const again = delivery.deliver([many('w', 101)]);
    expect(await next()).toEqual([hello('w')]);
    expect(await next()).toEqual([naming(0, 'a', 'b')]);
    expect(heard).toEqual([]);
    took('w', 2);
    expect(await next()).toEqual({ seqs: [101, 200], ids: [0, 1] });
    await again;
  });

  it('says who speaks anew after other lines', async () => {
    const first = delivery.deliver([many('w', 1)]);
    await next();
    await next();
    took('w', 2);
    await next();
    await first;
    void delivery.send(JSON.stringify(hello('x')), new Map()).catch(() => undefined);
    expect(await next()).toEqual([hello('x')]);
    await delivery.deliver([many('w', 101)]);
    expect([await next(), await next(), await next()]).toEqual([
      [hello('w')],
      [naming(0, 'a', 'b')],
      { seqs: [101, 200], ids: [0, 1] },
    ]);
    const greeted = delivery.greet([JSON.stringify(hello('x'))]);
    expect(await next()).toEqual([hello('x')]);
    answer({ kind: 'welcome', run: 'r', writer: 'x', seq: 3 });
    expect((await greeted).welcomes.get('r\nx')).toMatchObject({ seq: 3 });
    await delivery.deliver([lines('w', 201, line(201))]);
    expect(numbers(await next())).toEqual(['run', 201]);
  });

  it('tells welcomes and refusals apart', async () => {
    const greeted = delivery.greet(['w', 'v'].map((writer) => JSON.stringify(hello(writer))));
    expect(await next()).toEqual([hello('w'), hello('v')]);
    answer({ kind: 'welcome', run: 'r', writer: 'w', seq: 3 });
    answer({ kind: 'error', code: 'too-many-runs', message: 'too many runs' });
    const { welcomes, refusals } = await greeted;
    expect([...welcomes.keys()]).toEqual(['r\nw']);
    expect(refusals).toMatchObject([{ code: 'too-many-runs' }]);
  });

  it('is durable when the last line of each writer is acknowledged', async () => {
    const { durable } = await delivery.deliver([lines('w', 1, line(1), line(2)), lines('v', 1, line(1))]);
    let done = false;
    void durable.then(() => (done = true));
    ack('w', 1);
    ack('v', 1);
    const pause = delivery.greet([JSON.stringify(hello('x'))]);
    answer({ kind: 'welcome', run: 'r', writer: 'x', seq: 0 });
    await pause;
    expect(done).toBe(false);
    ack('w', 2);
    await durable;
  });

  it('is gone, whatever it waits for, when the connection is', async () => {
    const { durable } = await delivery.deliver([lines('w', 1, line(1))]);
    const naming = delivery.deliver([many('w', 2)]);
    await next();
    await next();
    socket.terminate();
    await expect(naming).rejects.toThrow('connection closed');
    await expect(durable).rejects.toThrow('connection closed');
    await expect(delivery.greet(['{}'])).rejects.toThrow('no connection');
  });
});
