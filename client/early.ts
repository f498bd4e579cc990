import { parseAddress, runsOf } from './address.ts';
import { keepWire, type KeptWire } from './kept-wire.ts';
import type { Wire } from './socket.ts';
import { openWire, pixelColumns } from './wire.ts';

/**
 * A connection that is opened, and asked for what the address names, while the page's own script is still on its way:
 * then the points are there when it is.
 */
export const early: KeptWire = keepWire(openWire() as Wire, () => ({
  kind: 'view',
  view: 1,
  runs: runsOf(parseAddress(location.hash)),
  width: pixelColumns(),
}));
