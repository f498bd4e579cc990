import type { ViewFrame } from '../shared/frames.ts';
import type { Wire } from './socket.ts';

/** A connection that was opened before anybody listened to it. */
export interface KeptWire {
  readonly wire: Wire;
  /** What it was asked for with its opening; null: nothing. */
  readonly asked: ViewFrame | null;
  /** Hands on what was kept; to be called once its events are listened to, before the browser does anything else. */
  replay(): void;
}

/** Keeps what a connection says until somebody listens. */
export function keepWire(wire: Wire, asked: ViewFrame | null): KeptWire {
  const heard: (() => void)[] = [];
  wire.onopen = () => heard.push(() => wire.onopen?.());
  wire.onmessage = (event) => heard.push(() => wire.onmessage?.(event));
  wire.onclose = (event) => heard.push(() => wire.onclose?.(event));
  return { wire, asked, replay: () => heard.splice(0).forEach((hear) => hear()) };
}
