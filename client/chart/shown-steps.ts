import type { Span } from './range.ts';

/**
 * The steps that a chart of a decimated line shows, whole ones. The points around the span may be far outside it, and
 * the columns that are asked for would be spent there.
 * @param around the line's points around the span, or its ends
 * @param span what is shown, in steps
 */
export function shownSteps(around: Span, [from, to]: Span): Span {
  return [Math.max(around[0], Math.floor(from)), Math.min(around[1], Math.ceil(to))];
}
