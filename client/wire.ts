import type { ViewFrame } from '../shared/frames.ts';
import { tokenIn } from './credential.ts';

/** Opens a connection to the server that the page came from. @param view what it asks for at once; null: nothing */
export function openWire(view: ViewFrame | null = null): WebSocket {
  const address = new URL('api/viewer', location.href.replace(/[?#].*$/, ''));
  const token = tokenIn(location.hash);
  if (token) address.searchParams.set('token', token);
  if (view) address.searchParams.set('view', JSON.stringify(view));
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const wire = new WebSocket(address);
  wire.binaryType = 'arraybuffer';
  return wire;
}

/** Device pixels of the widest chart that the window can hold, as a view has them. */
export function pixelColumns(): number {
  const pixels = Math.min(innerWidth, 1600) * Math.min(devicePixelRatio, 2);
  return Math.min(8192, Math.max(16, Math.ceil(pixels)));
}
