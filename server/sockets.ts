import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import { fault, type Fault } from '../shared/errors.ts';
import type { Access, Granted, Right } from './access.ts';
import { socketOf } from './log.ts';

/** What a socket of one address is for. */
export interface Endpoint {
  readonly needs: Right;
  /** @param wire what the socket writes to */
  readonly connect: (socket: WebSocket, granted: Granted, wire: Duplex, url: URL) => void;
}

export interface SocketOptions {
  readonly access: Access;
  /** Bytes of a frame at the most. */
  readonly frameBytes: number;
  /** By their paths. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
}

/** The open sockets of a server. */
export interface Sockets {
  /** Says to every socket that the server is going down. */
  leave(): void;
  /** Cuts off those that have not gone. */
  end(): void;
}

/** Takes the WebSockets of an HTTP server, each to its endpoint. */
export function addSockets(http: FastifyInstance, { access, frameBytes, endpoints }: SocketOptions): Sockets {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: frameBytes, perMessageDeflate: false });
  http.server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const url = urlOf(request);
    const endpoint = url && endpoints.get(url.pathname);
    if (!endpoint) return notFound(stream);
    const checked = access.check({
      headers: request.headers,
      token: url.searchParams.get('token') ?? undefined,
    });
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const told = socketOf(request);
      if ('fault' in checked) http.log.warn({ ...told, code: checked.fault.code }, 'socket refused');
      else http.log.info({ ...told, holder: checked.holder }, 'socket opened');
      socket.on('close', (code) => http.log.info({ ...told, code }, 'socket closed'));
      // Refused inside the socket: a browser shows its page nothing of a refused handshake.
      if ('fault' in checked) return refuse(socket, checked.fault);
      if (endpoint.needs === 'write' && checked.right === 'read')
        return refuse(socket, fault('token-wrong', { field: 'token', rule: 'the writing one' }));
      endpoint.connect(socket, checked, stream, url);
    });
  });
  return {
    leave() {
      for (const socket of sockets.clients) socket.close(1001, 'the server is going down');
    },
    end() {
      for (const socket of sockets.clients) socket.terminate();
    },
  };
}

/** The address that is asked for; null where it is none, as "//". */
function urlOf({ url = '/' }: IncomingMessage): URL | null {
  const base = 'http://here';
  return URL.canParse(url, base) ? new URL(url, base) : null;
}

/** Nobody else listens to this stream any more, and its peer may have gone or never close its side. */
function notFound(stream: Duplex): void {
  stream.on('error', () => undefined);
  stream.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n', () => stream.destroy());
}

/** Close code of a refused socket; private use, as RFC 6455 leaves it. */
const REFUSED = 4403;

function refuse(socket: WebSocket, reason: Fault): void {
  socket.on('error', () => undefined);
  socket.send(JSON.stringify({ kind: 'error', ...reason }));
  socket.close(REFUSED, reason.code);
}
