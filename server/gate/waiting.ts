/** A frame, or a piece of one, on its way from its arrival to its acknowledgement. */
export interface Parcel {
  /** When it came, by a clock in ms. */
  readonly arrived: number;
  readonly bytes: number;
  /** Points taken in from it; 0 before its turn. */
  points: number;
}

/** What waits at the gate, all sockets together. */
export class Waiting {
  bytes = 0;
  points = 0;
  readonly #parcels = new Set<Parcel>();
  readonly #now: () => number;

  /** @param now a clock in ms */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Age of the oldest parcel, in seconds; 0 when nothing waits. */
  get age(): number {
    const [oldest] = this.#parcels;
    return (oldest as Parcel | undefined) ? (this.#now() - oldest.arrived) / 1000 : 0;
  }

  arrive(bytes: number): Parcel {
    const parcel = { arrived: this.#now(), bytes, points: 0 };
    this.#parcels.add(parcel);
    this.bytes += bytes;
    return parcel;
  }

  /** Points were taken in from a parcel. */
  take(parcel: Parcel, points: number): void {
    parcel.points += points;
    this.points += points;
  }

  /** A parcel is done with. @returns ms since its arrival */
  leave(parcel: Parcel): number {
    this.#parcels.delete(parcel);
    this.bytes -= parcel.bytes;
    this.points -= parcel.points;
    return this.#now() - parcel.arrived;
  }
}
