/** How items are told apart and weighed. */
export interface LaneOptions<Item> {
  /** The lane of an item; those of one lane keep their order. Nothing said: one lane. */
  readonly lane?: (item: Item) => string;
  /** Its size, above 0; nothing said: 1. */
  readonly size?: (item: Item) => number;
}

/**
 * Items that wait in lanes, and are taken in fair shares: who has little to send is not kept waiting by who has much.
 *
 *     quiet   ▪                      its fair share or less: goes whole
 *     busy    ▪▪▪▪▪▪▪│▪▪▪▪▪▪▪▪▪      goes up to its share of what the quiet leave
 *     busy    ▪▪▪▪▪▪▪│▪▪▪▪▪▪▪▪▪▪▪▪   the same; whoever finds no room is the first next time
 *
 * Of many busy lanes a few have their turn at a time, and so each goes in longer pieces.
 */
export class Lanes<Item> {
  readonly #lane: (item: Item) => string;
  readonly #size: (item: Item) => number;
  /** Never empty ones, by name; the first has waited longest for its turn. */
  readonly #lanes = new Map<string, Lane<Item>>();

  constructor({ lane = () => '', size = () => 1 }: LaneOptions<Item> = {}) {
    this.#lane = lane;
    this.#size = size;
  }

  add(item: Item): void {
    const name = this.#lane(item);
    const lane = this.#lanes.get(name);
    if (lane === undefined) this.#lanes.set(name, { items: [item], size: this.#size(item) });
    else {
      lane.items.push(item);
      lane.size += this.#size(item);
    }
  }

  /** Takes items until their sizes come to `most`, the last of a lane being the one that reaches its share. */
  take(most: number): Item[] {
    if (most <= 0) return [];
    const share = most / this.#lanes.size;
    const busy: [string, Lane<Item>][] = [];
    const taken: Item[] = [];
    let room = most;
    for (const [name, lane] of this.#lanes) {
      if (lane.size > share) {
        busy.push([name, lane]);
        continue;
      }
      taken.push(...lane.items);
      room -= lane.size;
      this.#lanes.delete(name);
    }
    for (const [i, [name, lane]] of busy.entries()) {
      if (room <= 0) break;
      const part = Math.max(room / (busy.length - i), most / MANY);
      let count = 0;
      let sum = 0;
      while (count < lane.items.length && sum < part) sum += this.#size(lane.items[count++]);
      taken.push(...lane.items.splice(0, count));
      lane.size -= sum;
      room -= sum;
      this.#lanes.delete(name);
      if (lane.items.length > 0) this.#lanes.set(name, lane);
    }
    return taken;
  }
}

/** Busy lanes of which something is taken at a time, where they have enough. */
const MANY = 32;

interface Lane<Item> {
  readonly items: Item[];
  /** Of all its items. */
  size: number;
}
