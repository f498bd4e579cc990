import { encodePoints, withView } from '../shared/points.ts';
import type { Share } from './look.ts';

/** Frames by the shares they are of, and by the view; gone with the shares. */
const frames = new WeakMap<readonly Share[], Map<number, Uint8Array>>();

/**
 * The frame of these shares, encoded once for every viewer that is sent the very same: two hundred of one run cost one.
 * Where their views have other numbers it is copied, which costs next to nothing.
 * @param shares never changed afterwards
 */
export function pointsFrame(run: string, view: number, shares: readonly Share[]): Uint8Array {
  let ofShares = frames.get(shares);
  if (!ofShares) frames.set(shares, (ofShares = new Map<number, Uint8Array>()));
  let frame = ofShares.get(view);
  if (!frame) {
    const known = ofShares.values().next().value;
    frame = known
      ? withView(known, view)
      : encodePoints({ view, run, parts: shares.map(({ part }) => part) });
    ofShares.set(view, frame);
  }
  return frame;
}
