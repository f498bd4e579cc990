import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { heartbeat } from '../../../server/gate/heartbeat.ts';

/** A socket whose peer answers pings while it is alive. */
class Peer extends EventEmitter {
  alive = true;
  isPaused = false;
  pings = 0;
  terminated = false;
  ping(): void {
    this.pings++;
    if (this.alive && !this.isPaused) this.emit('pong');
  }
  terminate(): void {
    this.terminated = true;
    this.emit('close');
  }
}

let peer: Peer;
beforeEach(() => {
  vi.useFakeTimers();
  peer = new Peer();
  heartbeat(peer as unknown as WebSocket, 1_000);
});
afterEach(() => vi.useRealTimers());

describe('the heartbeat', () => {
  it('leaves a peer alone that answers', () => {
    vi.advanceTimersByTime(10_000);
    expect(peer).toMatchObject({ pings: 10, terminated: false });
  });

  it('cuts off a peer that leaves a ping unanswered for a whole interval', () => {
    vi.advanceTimersByTime(1_000);
    peer.alive = false;
    vi.advanceTimersByTime(1_000);
    expect(peer.terminated).toBe(false);
    vi.advanceTimersByTime(1_000);
    expect(peer.terminated).toBe(true);
  });

  it('takes what a peer sends for a sign of life, when its answer is behind that', () => {
    peer.alive = false;
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(900);
      peer.emit('message');
    }
    expect(peer.terminated).toBe(false);
    vi.advanceTimersByTime(3_000);
    expect(peer.terminated).toBe(true);
  });

  it('forgives a peer whose answer waits in a socket that is not read from', () => {
    peer.isPaused = true;
    vi.advanceTimersByTime(10_000);
    expect(peer.terminated).toBe(false);
  });

  it('ends with the socket', () => {
    peer.emit('close');
    vi.advanceTimersByTime(10_000);
    expect(peer.pings).toBe(0);
  });
});
