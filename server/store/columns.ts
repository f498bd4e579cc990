/** Steps, times and values of one series in one attempt, ascending by step; typed arrays that double as they grow. */
export class Columns {
  #steps = new Float64Array(64);
  #times = new Float64Array(64);
  #values = new Float64Array(64);
  #length = 0;
  #rewrites = 0;

  get length(): number {
    return this.#length;
  }

  /** How often points came late and were put between others; whoever remembers an index must read anew. */
  get rewrites(): number {
    return this.#rewrites;
  }

  /** The highest step; undefined before the first point. */
  get lastStep(): number | undefined {
    return this.#length > 0 ? this.#steps[this.#length - 1] : undefined;
  }

  append(steps: Float64Array, times: Float64Array, values: Float64Array): void {
    this.#reserve(this.#length + steps.length);
    for (let i = 0; i < steps.length; i++) {
      let at = this.#length;
      if (at > 0 && this.#steps[at - 1] > steps[i]) {
        at = this.#after(steps[i]);
        for (const column of [this.#steps, this.#times, this.#values])
          column.copyWithin(at + 1, at, this.#length);
        this.#rewrites++;
      }
      this.#steps[at] = steps[i];
      this.#times[at] = times[i];
      this.#values[at] = values[i];
      this.#length++;
    }
  }

  /** Views of the points from index `from` to before `to`; not to be kept across an `append`. */
  read(from = 0, to = this.#length): { steps: Float64Array; times: Float64Array; values: Float64Array } {
    return {
      steps: this.#steps.subarray(from, to),
      times: this.#times.subarray(from, to),
      values: this.#values.subarray(from, to),
    };
  }

  /** The index behind every point of a step not above `step`. */
  #after(step: number): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#steps[middle] <= step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #reserve(length: number): void {
    if (length <= this.#steps.length) return;
    const capacity = Math.max(length, this.#steps.length * 2);
    const grow = (column: Float64Array) => {
      const larger = new Float64Array(capacity);
      larger.set(column.subarray(0, this.#length));
      return larger;
    };
    [this.#steps, this.#times, this.#values] = [grow(this.#steps), grow(this.#times), grow(this.#values)];
  }
}
