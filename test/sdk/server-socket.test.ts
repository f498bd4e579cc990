import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { ServerSocket } from '../../sdk/server-socket.ts';

let server: Server;
let sockets: WebSocketServer;
let socket: ServerSocket;
/** Statuses of the coming handshakes; after them every one succeeds. */
let statuses: number[];
let headers: (string | undefined)[];

beforeEach(async () => {
  statuses = [];
  headers = [];
  sockets = new WebSocketServer({ noServer: true });
  server = createServer().on('upgrade', (request, stream, head) => {
    headers.push(request.headers.authorization);
    const status = statuses.shift();
    if (status === undefined)
      sockets.handleUpgrade(request, stream, head, (each) => sockets.emit('connection', each));
    else stream.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  socket.close();
  sockets.clients.forEach((each) => each.terminate());
  server.close();
  await once(server, 'close');
});

/** Connects and gathers what happens; the waits are the shortest there are. */
function connect(token: string | null = null) {
  const events: string[] = [];
  const waiting: { event: string; resolve: () => void }[] = [];
  const happened = (event: string): void => {
    events.push(event);
    waiting.filter((each) => each.event === event).forEach(({ resolve }) => resolve());
  };
  socket = new ServerSocket({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    random: () => 0,
    onOpen: () => happened('open'),
    onText: (text) => happened(text),
    onClose: (code) => happened(`close ${code}`),
    onRefused: (status) => happened(`refused ${status}`),
    onError: () => happened('error'),
  });
  const until = (event: string) =>
    events.includes(event)
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiting.push({ event, resolve }));
  return { events, until };
}

test('tries again until it is let in', async () => {
  statuses = [503, 503, 502];
  const { events, until } = connect();
  await until('open');
  expect(events.filter((event) => event !== 'error')).toEqual([
    'refused 503',
    'close 1006',
    'refused 503',
    'close 1006',
    'refused 502',
    'close 1006',
    'open',
  ]);
});

test('comes back when the connection breaks, and hands on what it hears', async () => {
  const { events, until } = connect();
  await until('open');
  sockets.once('connection', (each) => each.send('welcome back'));
  sockets.clients.forEach((each) => each.close(1012));
  await until('welcome back');
  expect(events).toEqual(['open', 'close 1012', 'open', 'welcome back']);
  expect(socket.isOpen).toBe(true);
});

test('shows its token', async () => {
  const { until } = connect('secret');
  await until('open');
  expect(headers).toEqual(['Bearer secret']);
});

test('stays away once it is closed', async () => {
  const { events, until } = connect();
  await until('open');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  socket.close();
  await until('close 1000');
  expect(vi.getTimerCount()).toBe(0); // no attempt to come back is waiting
  vi.useRealTimers();
  expect(events).toEqual(['open', 'close 1000']);
  expect(socket.isOpen).toBe(false);
});
