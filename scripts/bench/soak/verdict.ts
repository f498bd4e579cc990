import { fit } from '../samples.ts';

/** A row of a soak, of a server or of the page. */
export interface Minute {
  /** Since the load began. */
  readonly minutes: number;
  /** Bytes: of resident memory, or of a page's heap. */
  readonly memory: number;
}

/** Minutes at the beginning in which caches fill and code is compiled. */
const WARM_UP = 5;
/** Growth in an hour that still counts as flat: of the memory at the end of the warm-up. */
const FLAT = 0.1;
const MIB = 2 ** 20;

/**
 * Whether memory is flat: a straight line by least squares through all rows after 5 minutes (after half of them, where
 * there are fewer), and two standard errors either side of its slope. Flat where it rises surely by less than a tenth
 * in an hour, not flat where it rises surely by more; else it cannot be said, which counts as not flat. `slope` is in
 * bytes an hour.
 */
export function judge(rows: readonly Minute[]): { flat: boolean; words: string; slope: number } {
  const from = Math.min(WARM_UP, (rows.at(-1)?.minutes ?? 0) / 2);
  const late = rows.filter(({ minutes }) => minutes >= from);
  if (late.length < 3)
    return { flat: false, words: `memory: too few rows to tell, ${late.length}`, slope: NaN };
  const { slope, error } = fit(
    late.map(({ minutes }) => minutes / 60),
    late.map(({ memory }) => memory),
  );
  const allowed = late[0].memory * FLAT;
  const [least, most] = [slope - 2 * error, slope + 2 * error];
  const verdict = most <= allowed ? 'flat' : least > allowed ? 'not flat' : 'not sure to be flat';
  const mib = (bytes: number) => (bytes / MIB).toFixed(Math.abs(bytes) < 10 * MIB ? 1 : 0);
  return {
    flat: verdict === 'flat',
    slope,
    words:
      `memory: ${verdict}, ${mib(slope)} MiB an hour (${mib(least)} to ${mib(most)}), from minute ${from.toFixed(0)} on; ` +
      `flat is below ${mib(allowed)}`,
  };
}
