import type { WebSocket } from 'ws';

/** Pings a socket and cuts it off when a whole interval passes without an answer, so that a dead peer is noticed. */
export function heartbeat(socket: WebSocket, intervalMs = 15_000): void {
  let answered = true;
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    // A paused socket does not read its peer's answer.
    answered = socket.isPaused;
    socket.ping();
  }, intervalMs);
  timer.unref();
  socket.on('pong', () => (answered = true));
  socket.on('close', () => clearInterval(timer));
}
