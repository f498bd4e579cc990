import type { IncomingMessage } from 'node:http';
import type { FastifyServerOptions } from 'fastify';

export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where the log goes, line by line. */
export interface LogStream {
  write(line: string): void;
}

/**
 * The structured log, one JSON object a line (pino's): requests by method, path and status, sockets by endpoint. No
 * secret can be in it: of an address only the path is kept, for its query may hold a token, and of headers nothing.
 */
export function logOptions(level: LogLevel, stream: LogStream): NonNullable<FastifyServerOptions['logger']> {
  return {
    level,
    stream,
    serializers: {
      req: (request: { method: string; url: string; ip?: string }) => ({
        method: request.method,
        path: pathOf(request.url),
        address: request.ip,
      }),
    },
  };
}

/** What is told of a socket's request. */
export function socketOf(request: IncomingMessage): { path: string; address: string | undefined } {
  return { path: pathOf(request.url ?? '/'), address: request.socket.remoteAddress };
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
