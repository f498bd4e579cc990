/** Where values are put in order: made once, and larger as need be, for most medians are of a few values, and many. */
let scratch = new Float64Array(512);

/**
 * The median of some values, 0 of none; the mean of the middle two where there is an even number. Not in place.
 * @param from index of the first
 * @param to index after the last
 */
export function median(values: ArrayLike<number>, from = 0, to = values.length): number {
  // As with `slice`, no further than there are values.
  const start = from > 0 ? from : 0;
  const end = to < values.length ? to : values.length;
  const count = end - start;
  if (count <= 0) return 0;
  if (count > scratch.length) scratch = new Float64Array(2 * count);
  const work = scratch;
  let numbers = 0;
  // As in a sorted array, what is not a number comes last.
  for (let i = start; i < end; i++) {
    const value = values[i];
    if (!Number.isNaN(value)) work[numbers++] = value;
  }
  const middle = count >>> 1;
  if (middle >= numbers) return NaN;
  select(work, numbers, middle);
  if (count % 2 === 1) return work[middle];
  let below = work[0];
  for (let i = 1; i < middle; i++) if (work[i] > below) below = work[i];
  return (below + work[middle]) / 2;
}

/**
 * Puts the value that sorting would put at `place` there, what is not above it before it and what is not below it behind
 * it (Hoare's quickselect, the median of three as the pivot). Some values in, fewer comparisons than sorting by far.
 */
function select(work: Float64Array, count: number, place: number): void {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = middleOf(work[low], work[(low + high) >>> 1], work[high]);
    let i = low;
    let j = high;
    while (i <= j) {
      while (work[i] < pivot) i++;
      while (work[j] > pivot) j--;
      if (i <= j) {
        const swapped = work[i];
        work[i++] = work[j];
        work[j--] = swapped;
      }
    }
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else return;
  }
}

function middleOf(a: number, b: number, c: number): number {
  return a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b;
}

/**
 * The mean of the middle half of some values, a quarter left out at either end. As deaf to outliers as long as fewer than
 * a quarter are, and about as sure as the mean of all: for normal noise its standard error is 1.1 times as large, where
 * the median's is 1.25 times.
 * @param values at least 1; not in place
 */
export function middleMean(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const out = sorted.length >>> 2;
  let total = 0;
  for (let i = out; i < sorted.length - out; i++) total += sorted[i];
  return total / (sorted.length - 2 * out);
}
