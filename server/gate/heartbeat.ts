import type { WebSocket } from 'ws';

/**
 * Pings a socket and cuts it off when a whole interval passes without a word from its peer, so that a dead one is noticed.
 * A message is as good as the answer, which waits its turn behind what the peer has sent before.
 */
export function heartbeat(socket: WebSocket, intervalMs = 15_000): void {
  let heard = true;
  const timer = setInterval(() => {
    if (!heard) return socket.terminate();
    // A paused socket does not read its peer's answer.
    heard = socket.isPaused;
    socket.ping();
  }, intervalMs);
  timer.unref();
  const hear = (): void => {
    heard = true;
  };
  socket.on('pong', hear);
  socket.on('message', hear);
  socket.on('close', () => clearInterval(timer));
}
