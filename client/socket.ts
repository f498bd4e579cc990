/**
 * Keeps one connection to the server open, for as long as the page is.
 *
 *              opened                 closed
 *  connecting ────────▶ open ──────────────────────┐
 *    ▲  ▲  │                                       ▼
 *    │  │  └──────────────── closed ─────────▶  waiting ──refused──▶ refused
 *    │  └────────────── due, retry, online ────────┘                    │
 *    └───────────────────────────── retry ──────────────────────────────┘
 *
 * Waiting grows from half a second to 15 s with each failure in a row. A browser does not say why a WebSocket was
 * refused, so the server is asked over HTTP after a connection that never opened: a missing or wrong token ends
 * the retries.
 */
export type Connection =
  | { readonly state: 'connecting'; readonly failures: number }
  | { readonly state: 'open' }
  /** `until`: when the next attempt is due, ms by the page's clock. */
  | { readonly state: 'waiting'; readonly failures: number; readonly until: number }
  | { readonly state: 'refused'; readonly code: string };

export type ConnectionEvent =
  | { readonly kind: 'opened' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'due' }
  | { readonly kind: 'retry' }
  | { readonly kind: 'refused'; readonly code: string };

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;

/**
 * The connection after an event.
 * @param now ms
 * @param random from [0, 1): spreads reconnecting pages over a quarter of the wait either way
 */
export function next(from: Connection, event: ConnectionEvent, now: number, random: number): Connection {
  switch (event.kind) {
    case 'opened':
      return from.state === 'connecting' ? { state: 'open' } : from;
    case 'closed': {
      if (from.state !== 'open' && from.state !== 'connecting') return from;
      const failures = from.state === 'open' ? 0 : from.failures + 1;
      const wait = Math.min(FIRST_WAIT * 2 ** failures, LONGEST_WAIT) * (0.75 + random / 2);
      return { state: 'waiting', failures, until: now + wait };
    }
    case 'due':
      return from.state === 'waiting' ? { state: 'connecting', failures: from.failures } : from;
    case 'retry':
      return from.state === 'waiting' || from.state === 'refused'
        ? { state: 'connecting', failures: 0 }
        : from;
    case 'refused':
      return from.state === 'waiting' ? { state: 'refused', code: event.code } : from;
  }
}

/** A WebSocket, as much of it as is used. */
export interface Wire {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
}

/** What the connection needs of the world. */
export interface World {
  open(): Wire;
  /** The error code with which the server refuses this page, or null where it does not or is not there. */
  refusal(): Promise<string | null>;
  now(): number;
  random(): number;
  later(task: () => void, ms: number): void;
}

export interface Socket {
  /** Sends a frame; dropped while not open, since a view is sent anew on every opening. */
  send(frame: object): void;
  /** Tries at once instead of waiting. */
  retry(): void;
}

export interface SocketEvents {
  connection(now: Connection): void;
  /** A frame: text, or an ArrayBuffer. */
  frame(data: unknown): void;
}

/** Connects, and goes on connecting. */
export function connect(world: World, on: SocketEvents): Socket {
  let connection: Connection = { state: 'connecting', failures: 0 };
  let wire: Wire | null = null;

  const happen = (event: ConnectionEvent): void => {
    const before = connection;
    connection = next(before, event, world.now(), world.random());
    if (connection === before) return;
    on.connection(connection);
    if (connection.state === 'connecting') start();
    if (connection.state !== 'waiting') return;
    const waiting = connection;
    world.later(() => {
      if (connection === waiting) happen({ kind: 'due' });
    }, waiting.until - world.now());
    if (before.state === 'connecting')
      void world.refusal().then((code) => {
        if (code !== null && connection === waiting) happen({ kind: 'refused', code });
      });
  };

  const start = (): void => {
    const opened = world.open();
    wire = opened;
    opened.onopen = () => happen({ kind: 'opened' });
    opened.onmessage = (event) => on.frame(event.data);
    opened.onclose = () => {
      if (wire === opened) happen({ kind: 'closed' });
    };
  };

  on.connection(connection);
  start();
  return {
    send: (frame) => {
      if (connection.state === 'open') wire?.send(JSON.stringify(frame));
    },
    retry: () => happen({ kind: 'retry' }),
  };
}
