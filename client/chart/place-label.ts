import { formatCount, formatEpoch, formatTick } from '../format.ts';
import type { Axis } from './axis.ts';

/** Thousands, and so on. */
const UNITS = ['', 'K', 'M', 'B', 'T'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY = 86_400;

/**
 * A step below an axis: 1200 as "1,200", 1.2 million as "1.2M" where that tells it from its neighbours; a step is whole,
 * so nothing stands between two.
 * @param distance of two labels; 0: not known
 */
export function stepLabel(step: number, distance = 0): string {
  if (!Number.isInteger(step)) return '';
  const size = Math.abs(step);
  if (size < 1e5) return formatCount(step);
  const hundredth = 10 ** (3 * Math.floor(Math.log10(size) / 3) - 2);
  return distance > 0 && distance % hundredth !== 0 ? formatCount(step) : compact(step);
}

/** At most two decimals of the largest unit. */
function compact(value: number): string {
  let [scaled, unit] = [value, 0];
  while (Math.abs(Number(scaled.toFixed(2))) >= 1000 && unit < UNITS.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${Number(scaled.toFixed(2))}${UNITS[unit]}`;
}

/** An epoch below an axis. @param distance of two labels; 0: not known */
export function epochLabel(epoch: number, distance = 0): string {
  return distance > 0 && distance < 0.01
    ? formatTick(epoch, distance)
    : formatEpoch(Math.round(epoch * 100) / 100);
}

const LENGTHS = [DAY, 3600, 60, 1];
const LETTERS = ['d', 'h', 'm', 's'];

/**
 * Time that was trained: "12 s", "5m 30s", "1h 20m", "2d 3h"; as much more of it as tells it from its neighbours.
 * @param seconds also fractions of one
 * @param distance of two labels, s; 0: not known
 */
export function elapsedLabel(seconds: number, distance = 0): string {
  if (seconds < 0) return `−${elapsedLabel(-seconds, distance)}`;
  if (seconds < 60)
    return `${distance > 0 ? formatTick(seconds, distance) : Number(seconds.toPrecision(3))} s`;
  const first = seconds < 3600 ? 2 : seconds < 2 * DAY ? 1 : 0;
  let last = first + 1;
  while (last < 3 && distance > 0 && distance < LENGTHS[last]) last++;
  let rest = distance > 0 && distance < 1 ? seconds : Math.floor(seconds);
  const words: string[] = [];
  for (let at = first; at <= last; at++) {
    const whole = at === 3 ? rest : Math.floor(rest / LENGTHS[at]);
    rest -= whole * LENGTHS[at];
    if (whole > 0)
      words.push(`${at === 3 && distance > 0 ? formatTick(whole, distance) : whole}${LETTERS[at]}`);
  }
  return words.join(' ');
}

/**
 * A moment below an axis, as precise as its neighbours are near; the day with it where it is another than before.
 * @param time seconds since 1970. @param distance of two labels, s. @param before the label to its left
 */
export function momentLabel(time: number, distance: number, before: number | null): string {
  const at = new Date(time * 1000);
  const day = `${at.getDate()} ${MONTHS[at.getMonth()]}`;
  if (distance >= DAY) return day;
  const clock = clockOf(at, distance < 60);
  const same = before !== null && new Date(before * 1000).getDate() === at.getDate();
  return same ? clock : `${clock}\n${day}`;
}

/** Where something is, in full: "step 1,200", "epoch 12.5", "26 Nov 14:03:22", "1h 20m trained". */
export function placeWords(axis: Axis, place: number): string {
  if (axis === 'step') return `step ${formatCount(Math.max(0, Math.round(place)))}`;
  if (axis === 'epoch') return `epoch ${epochLabel(place)}`;
  if (axis === 'relative') return `${elapsedLabel(place)} trained`;
  const at = new Date(place * 1000);
  return `${at.getDate()} ${MONTHS[at.getMonth()]} ${clockOf(at, true)}`;
}

function clockOf(at: Date, seconds: boolean): string {
  const two = (count: number): string => String(count).padStart(2, '0');
  return [at.getHours(), at.getMinutes(), ...(seconds ? [at.getSeconds()] : [])].map(two).join(':');
}
