import type { Line } from '../series.ts';

/**
 * An exponential moving average of a line, weighted by the distance of its points on the axis and not by their number,
 * so that points that come irregularly, or decimated, are averaged as the curve they stand for:
 *
 *     aᵢ = s^((xᵢ − xᵢ₋₁) / δ)      Sᵢ = aᵢ·Sᵢ₋₁ + (1 − aᵢ)·vᵢ      Wᵢ = aᵢ·Wᵢ₋₁ + (1 − aᵢ)      meanᵢ = Sᵢ / Wᵢ
 *
 * (EMA_next of A. Eckner, "Algorithms for unevenly spaced time series: moving averages and other rolling operators",
 * 2019, with τ = −δ / ln s.) From S₀ = W₀ = 0, dividing by W takes away the pull of the start (D. Kingma, J. Ba, "Adam:
 * a method for stochastic optimization", ICLR 2015, section 3); the first point counts as if it were as far from one
 * before it as the second is from it. δ is one for all lines of a chart, so that they are smoothed over the same
 * distance: for points that are δ apart the mean is the usual one, which keeps a share of s at every point. A value that
 * is not finite has no mean, and the average goes on behind it.
 */
export class Smooth {
  means = new Float64Array(0);
  /** Points averaged. */
  length = 0;
  /** Points averaged since it was made: what drawing again has cost. */
  averaged = 0;
  #version = -1;
  #strength = NaN;
  #seed: Seed | null = null;
  #spacing = NaN;
  #sum = 0;
  #weight = 0;
  /** The last finite point: its place and its value; NaN before the first. */
  #place = NaN;
  #value = NaN;
  /** The place of the last point, finite or not. */
  #last = NaN;

  /**
   * Averages what has come since the last call; everything when what was averaged is no longer so.
   * @param places of the line's points, ascending
   * @param strength s, from (0, 1)
   * @param spacing δ, above 0
   * @param seed what a line that was cut out of a longer one goes on from; its first point is the seed's
   * @returns a mean for each point, and perhaps more behind them
   */
  update(
    line: Line,
    places: Float64Array,
    strength: number,
    spacing: number,
    seed: Seed | null = null,
  ): Float64Array {
    const { length } = this;
    const same =
      line.version === this.#version &&
      strength === this.#strength &&
      spacing === this.#spacing &&
      seed?.mean === this.#seed?.mean &&
      (length === 0 || Object.is(places[length - 1], this.#last));
    if (!same) this.#restart(line, strength, spacing, seed);
    if (this.means.length < line.length) {
      const larger = new Float64Array(line.steps.length);
      larger.set(this.means.subarray(0, this.length));
      this.means = larger;
    }
    for (let i = this.length; i < line.length; i++) this.means[i] = this.#mean(places[i], line.values[i]);
    this.averaged += line.length - this.length;
    this.length = line.length;
    this.#last = line.length > 0 ? places[line.length - 1] : NaN;
    return this.means;
  }

  /** What a line that is cut out of this one, from its point `index` on, goes on from; null where it has no mean. */
  seed(places: Float64Array, index: number): Seed | null {
    if (index < 0 || index >= this.length || !Number.isFinite(this.means[index])) return null;
    let first = 0;
    while (!Number.isFinite(this.means[first])) first += 1;
    let second = first + 1;
    while (second < index && !(places[second] > places[first])) second += 1;
    const distance = places[index] - places[first] + (second <= index ? places[second] - places[first] : 0);
    const weight = 1 - Math.exp((Math.log(this.#strength) / this.#spacing) * distance);
    return { mean: this.means[index], weight };
  }

  #mean(place: number, value: number): number {
    if (!Number.isFinite(value) || Number.isNaN(place)) return NaN;
    const before = this.#place;
    const kept = Math.exp((Math.log(this.#strength) / this.#spacing) * (place - before));
    if (Number.isNaN(before)) {
      this.#weight = this.#seed?.weight ?? 0;
      this.#sum = this.#weight * (this.#seed?.mean ?? value);
    } else {
      if (this.#weight === 0) {
        this.#weight = 1 - kept;
        this.#sum = this.#weight * this.#value;
      }
      this.#sum = kept * this.#sum + (1 - kept) * value;
      this.#weight = kept * this.#weight + (1 - kept);
    }
    this.#place = place;
    this.#value = value;
    return this.#weight > 0 ? this.#sum / this.#weight : value;
  }

  #restart({ version }: Line, strength: number, spacing: number, seed: Seed | null): void {
    this.length = 0;
    this.#version = version;
    this.#strength = strength;
    this.#seed = seed;
    this.#spacing = spacing;
    this.#place = this.#value = NaN;
    this.#sum = this.#weight = 0;
  }
}

/** The state of an average at one point. */
export interface Seed {
  readonly mean: number;
  /** W there. */
  readonly weight: number;
}
