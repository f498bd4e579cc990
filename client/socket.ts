/**
 * Keeps one connection to the server open, for as long as the page is.
 *
 *              opened                 closed
 *  connecting ────────▶ open ──────────────────────┐
 *    ▲  ▲  │             │                         ▼
 *    │  │  └──────────── │ ── closed ─────────▶ waiting
 *    │  │                │ refused                 │
 *    │  │                ▼                         │
 *    │  └── retry ─── refused                      │
 *    └──────────────── due, retry ─────────────────┘
 *
 * Waiting grows from half a second to 15 s with each failure in a row; what the server says ends the row. A server
 * that refuses the page says so by the close code, since a browser tells nothing of a refused handshake: then there
 * is nothing to wait for.
 */
export type Connection =
  /** `failures`: connections lost in a row before anything was heard. */
  | { readonly state: 'connecting'; readonly failures: number }
  | { readonly state: 'open'; readonly failures: number }
  /** `until`: when the next attempt is due, ms by the page's clock. */
  | { readonly state: 'waiting'; readonly failures: number; readonly until: number }
  | { readonly state: 'refused'; readonly code: string };

export type ConnectionEvent =
  | { readonly kind: 'opened' }
  | { readonly kind: 'heard' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'due' }
  | { readonly kind: 'retry' }
  | { readonly kind: 'refused'; readonly code: string };

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** Close code of a refusal; the reason is an error code. */
const REFUSED = 4403;

/**
 * The connection after an event.
 * @param now ms
 * @param random from [0, 1): spreads reconnecting pages over a quarter of the wait either way
 */
export function next(from: Connection, event: ConnectionEvent, now: number, random: number): Connection {
  const { state } = from;
  switch (event.kind) {
    case 'opened':
      return state === 'connecting' ? { ...from, state: 'open' } : from;
    case 'heard':
      return state === 'open' && from.failures > 0 ? { state: 'open', failures: 0 } : from;
    case 'closed': {
      if (state !== 'open' && state !== 'connecting') return from;
      const wait = Math.min(FIRST_WAIT * 2 ** from.failures, LONGEST_WAIT) * (0.75 + random / 2);
      return { state: 'waiting', failures: from.failures + 1, until: now + wait };
    }
    case 'due':
      return state === 'waiting' ? { state: 'connecting', failures: from.failures } : from;
    case 'retry':
      return state === 'waiting' || state === 'refused' ? { state: 'connecting', failures: 0 } : from;
    case 'refused':
      return state === 'open' || state === 'connecting' ? { state: 'refused', code: event.code } : from;
  }
}

/** A WebSocket, as much of it as is used. */
export interface Wire {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(text: string): void;
}

/** What the connection needs of the world. */
export interface World {
  open(): Wire;
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
  };

  const start = (): void => {
    const opened = world.open();
    wire = opened;
    opened.onopen = () => happen({ kind: 'opened' });
    opened.onmessage = ({ data }) => {
      happen({ kind: 'heard' });
      on.frame(data);
    };
    opened.onclose = ({ code, reason }) => {
      if (wire === opened) happen(code === REFUSED ? { kind: 'refused', code: reason } : { kind: 'closed' });
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
