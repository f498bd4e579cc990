/** The number in a cell of text, however it spells NaN and infinity; null where there is none. */
export function numberIn(cell: string): number | null {
  const text = cell.trim();
  if (text === '') return null;
  const number = Number(text);
  if (!Number.isNaN(number)) return number;
  const match = /^([+-]?)(nan|inf|infinity)$/i.exec(text);
  if (match === null) return null;
  if (match[2].toLowerCase() === 'nan') return NaN;
  return match[1] === '-' ? -Infinity : Infinity;
}

/** Columns and keys that tell where a row is, the telling one first; case does not matter. */
export const STEP_NAMES = ['step', 'global_step', '_step', 'iteration', 'iter', 'epoch'];

/** Those that tell when it was written, in seconds since 1970. */
export const TIME_NAMES = ['time', 'timestamp', '_timestamp', 'wall_time', 'created_at'];

/** Whether a number is a time of these decades, and not the seconds since the start. */
export function isTime(seconds: number | null): seconds is number {
  return seconds !== null && seconds > 1e9 && seconds < 1e11;
}

/** Whether a number can be a step. */
export function isStep(step: number | null): step is number {
  return step !== null && Number.isSafeInteger(step) && step >= 0;
}
