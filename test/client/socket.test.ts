import { describe, expect, it } from 'vitest';
import { connect, next, type Connection, type Wire, type World } from '../../client/socket.ts';

describe('next', () => {
  const open: Connection = { state: 'open', failures: 0 };
  const waiting: Connection = { state: 'waiting', failures: 1, until: 500 };

  it('waits half a second after a loss, and longer with each failure, up to 15 s', () => {
    let connection: Connection = next(open, { kind: 'closed' }, 0, 0.5);
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      if (connection.state === 'waiting') waits.push(connection.until);
      connection = next(next(connection, { kind: 'due' }, 0, 0.5), { kind: 'closed' }, 0, 0.5);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15000, 15000]);
  });

  it('goes on counting failures while connections open and close unheard, and begins anew once one is heard', () => {
    const flapping = next(
      next({ state: 'connecting', failures: 3 }, { kind: 'opened' }, 0, 0.5),
      { kind: 'closed' },
      0,
      0.5,
    );
    expect(flapping).toEqual({ state: 'waiting', failures: 4, until: 4000 });
    expect(next({ state: 'open', failures: 3 }, { kind: 'heard' }, 0, 0.5)).toEqual(open);
  });

  it('spreads waits over a quarter either way', () => {
    const [early, late] = [0, 0.999].map((random) => next(open, { kind: 'closed' }, 0, random));
    expect(early).toMatchObject({ until: 375 });
    expect((late as { until: number }).until).toBeCloseTo(624.75);
  });

  it('gives up only when it is refused, and tries again when asked', () => {
    const refused = next(open, { kind: 'refused', code: 'token-missing' }, 0, 0);
    expect(refused).toEqual({ state: 'refused', code: 'token-missing' });
    expect(next(refused, { kind: 'due' }, 0, 0)).toBe(refused);
    expect(next(refused, { kind: 'retry' }, 0, 0)).toEqual({ state: 'connecting', failures: 0 });
  });

  it('ignores events that do not belong to its state', () => {
    for (const event of [{ kind: 'due' }, { kind: 'retry' }, { kind: 'opened' }, { kind: 'heard' }] as const)
      expect(next(open, event, 0, 0)).toBe(open);
    for (const event of [{ kind: 'opened' }, { kind: 'closed' }, { kind: 'refused', code: 'x' }] as const)
      expect(next(waiting, event, 0, 0)).toBe(waiting);
  });
});

describe('connect', () => {
  /** A world whose time stands still until a test moves it. */
  function stillWorld(): World & { wires: Wire[]; sent: string[]; run: () => void } {
    const tasks: (() => void)[] = [];
    const wires: Wire[] = [];
    const sent: string[] = [];
    return {
      wires,
      sent,
      run: () => tasks.splice(0).forEach((task) => task()),
      open: () => {
        const wire: Wire = { onopen: null, onmessage: null, onclose: null, send: (text) => sent.push(text) };
        wires.push(wire);
        return wire;
      },
      now: () => 0,
      random: () => 0.5,
      later: (task) => tasks.push(task),
    };
  }

  it('opens a new socket when the wait is over, and sends only while open', () => {
    const world = stillWorld();
    const states: string[] = [];
    const socket = connect(world, { connection: ({ state }) => states.push(state), frame: () => undefined });
    socket.send({ kind: 'view' });
    world.wires[0].onopen?.();
    socket.send({ kind: 'view' });
    world.wires[0].onclose?.({ code: 1006, reason: '' });
    world.run();
    world.wires[1].onopen?.();
    expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open']);
    expect(world.sent).toEqual(['{"kind":"view"}']);
  });

  it('stops when the server refuses it, and says why', () => {
    const world = stillWorld();
    const states: Connection[] = [];
    connect(world, { connection: (now) => states.push(now), frame: () => undefined });
    world.wires[0].onopen?.();
    world.wires[0].onclose?.({ code: 4403, reason: 'token-missing' });
    world.run();
    expect(states.at(-1)).toEqual({ state: 'refused', code: 'token-missing' });
    expect(world.wires).toHaveLength(1);
  });

  it('hands frames on as they are', () => {
    const world = stillWorld();
    const frames: unknown[] = [];
    connect(world, { connection: () => undefined, frame: (data) => frames.push(data) });
    world.wires[0].onmessage?.({ data: '{}' });
    expect(frames).toEqual(['{}']);
  });
});
