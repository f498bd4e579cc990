import { type Axis, axisOf } from './chart/axis.ts';
import type { Span } from './chart/range.ts';

/** How the charts of a view are shown, as the address has it. */
export interface ChartSettings {
  readonly axis: Axis;
  readonly logX: boolean;
  readonly logY: boolean;
  /** Keys of charts whose values are on the other kind of axis than those of the rest. */
  readonly flipped: ReadonlySet<string>;
  /** Whether outliers are left out of view, and counted. */
  readonly fit: boolean;
  /** Strength of smoothing, from [0, 0.999]. */
  readonly smooth: number;
  /** So many of the newest steps are followed; null: all. */
  readonly follow: number | null;
  /** What charts are searched for, a regular expression. */
  readonly search: string;
}

/** Strengths that a step of the slider, or a key, leads to: the tens of TensorBoard's, finer towards 1. */
export const STRENGTHS = [
  0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999,
] as const;

/** What may be followed. */
export const FOLLOWS = [100, 1_000, 10_000, 100_000] as const;

export function readSettings(params: ReadonlyMap<string, string>): ChartSettings {
  const said = (name: string): string => params.get(name) ?? '';
  const smooth = Number(said('smooth'));
  const follow = Math.floor(Number(said('last')));
  return {
    axis: axisOf(said('x')),
    logX: said('logx') !== '',
    logY: said('log') !== '',
    flipped: new Set(said('flip').split('|').filter(Boolean).map(unspelt)),
    fit: said('fit') !== '',
    smooth: smooth > 0 ? Math.min(smooth, 0.999) : 0,
    follow: follow > 0 && follow < Infinity ? follow : null,
    search: said('charts'),
  };
}

/** Parts of the address that say what changed; null where nothing need be said. */
export function writeSettings(changed: Partial<ChartSettings>): Record<string, string | null> {
  const { axis, logX, logY, flipped, fit, smooth, follow, search } = changed;
  const said: Record<string, string | null> = {};
  if (axis !== undefined) said.x = axis === 'step' ? null : axis;
  if (logX !== undefined) said.logx = logX ? '1' : null;
  if (logY !== undefined) said.log = logY ? '1' : null;
  if (flipped !== undefined) said.flip = [...flipped].map(spelt).join('|') || null;
  if (fit !== undefined) said.fit = fit ? '1' : null;
  if (smooth !== undefined) said.smooth = smooth > 0 ? String(smooth) : null;
  if (follow !== undefined) said.last = follow === null ? null : String(follow);
  if (search !== undefined) said.charts = search || null;
  return said;
}

/** A chart's key without the sign that stands between two. */
function spelt(key: string): string {
  return key.replace(/[%|]/g, encodeURIComponent);
}
function unspelt(key: string): string {
  return key.replaceAll('%7C', '|').replaceAll('%25', '%');
}

/** The strength next to another, up or down. @param by 1 or −1 */
export function nextStrength(strength: number, by: number): number {
  const nearest = STRENGTHS.findIndex((one) => one >= strength);
  return STRENGTHS[Math.max(0, Math.min(STRENGTHS.length - 1, nearest + by))];
}

const SPAN = /^(-?\d+(?:\.\d+)?)-(-?\d+(?:\.\d+)?)$/;

/** From and to, as the address has them; null for anything else. */
export function readSpan(text: string): Span | null {
  const found = SPAN.exec(text);
  const [from, to] = found ? [Number(found[1]), Number(found[2])] : [0, 0];
  return from < to ? [from, to] : null;
}

/** A span to a hundredth of its width. */
export function writeSpan([from, to]: Span): string {
  const digits = Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(to - from))));
  return [from, to].map((place) => String(Number(place.toFixed(digits)))).join('-');
}

/** A step that was pinned, as the address has it. */
export function readPin(text: string): number | null {
  const step = Number(text);
  return text !== '' && Number.isFinite(step) ? step : null;
}
