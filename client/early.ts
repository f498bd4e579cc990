import { parseAddress, runsOf } from './address.ts';
import { type KeptWire, keepWire } from './kept-wire.ts';
import type { Wire } from './socket.ts';
import { openWire, pixelColumns } from './wire.ts';

declare global {
  /** A connection that asks for what the address names while the page's own script is still on its way. */
  var early: KeptWire;
}

/** Runs that are asked for in an address; servers and what is before them take only so long a one. */
const MOST = 8;

/** Written into the page's HTML, before all else: see vite.config.ts. */
const runs = runsOf(parseAddress(location.hash));
const view =
  runs.length > 0 && runs.length <= MOST
    ? ({ kind: 'view', view: 1, runs, width: pixelColumns() } as const)
    : null;
globalThis.early = keepWire(openWire(view) as Wire, view);

// The page's script may be gone where the server was replaced since it answered.
addEventListener(
  'error',
  ({ target }) => {
    if (target instanceof HTMLScriptElement)
      document.getElementById('app')!.textContent = 'The page could not be loaded. Load it again.';
  },
  true,
);
