import type { ViewFrame } from '../shared/frames.ts';
import type { Wire } from './socket.ts';

/** A connection that was opened before anybody listened to it. */
export interface KeptWire {
  readonly wire: Wire;
  /** What was asked for as soon as it was open; null where somebody listened before that. */
  readonly asked: ViewFrame | null;
  /** Hands on what was kept; to be called once its events are listened to, before the browser does anything else. */
  replay(): void;
}

/** Keeps what a connection says until somebody listens, and asks for a view as soon as it is open. */
export function keepWire(wire: Wire, view: () => ViewFrame): KeptWire {
  let asked: ViewFrame | null = null;
  const heard: (() => void)[] = [];
  wire.onopen = () => {
    asked = view();
    wire.send(JSON.stringify(asked));
    heard.push(() => wire.onopen?.());
  };
  wire.onmessage = (event) => heard.push(() => wire.onmessage?.(event));
  wire.onclose = (event) => heard.push(() => wire.onclose?.(event));
  return {
    wire,
    get asked() {
      return asked;
    },
    replay: () => heard.splice(0).forEach((hear) => hear()),
  };
}
