/** How items are told apart and weighed. */
export interface LaneOptions<Item> {
  /** The lane of an item; those of one lane keep their order. Nothing said: one lane. */
  readonly lane?: (item: Item) => string;
  /** Its size, above 0; nothing said: 1. */
  readonly size?: (item: Item) => number;
  /** Whether somebody waits for it: then the busy lanes make way for more like it. Nothing said: yes. */
  readonly awaited?: (item: Item) => boolean;
}

/**
 * Items that wait in lanes, and are taken in fair shares: who has little to send is not kept waiting by who has much.
 *
 *     quiet   ▪                      its fair share or less: goes whole
 *     busy    ▪▪▪▪▪▪▪│▪▪▪▪▪▪▪▪▪      goes up to its share of what the quiet leave
 *     busy    ▪▪▪▪▪▪▪│▪▪▪▪▪▪▪▪▪▪▪▪   the same; whoever finds no room is the first next time
 *
 * Of many busy lanes a few have their turn at a time, and so each goes in longer pieces. While there are lanes of which
 * little comes, less is taken of the busy ones at a time, for the next little has to wait until that is over.
 */
export class Lanes<Item> {
  readonly #lane: (item: Item) => string;
  readonly #size: (item: Item) => number;
  readonly #awaited: (item: Item) => boolean;
  /** Never empty ones, by name; the first has waited longest for its turn. */
  readonly #lanes = new Map<string, Lane<Item>>();
  /** For how many more groups less is taken of the busy lanes. */
  #sparing = 0;

  constructor({ lane = () => '', size = () => 1, awaited = () => true }: LaneOptions<Item> = {}) {
    this.#awaited = awaited;
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
      if (lane.size * LITTLE <= share && lane.items.some(this.#awaited)) this.#sparing = SPARING;
      taken.push(...lane.items);
      room -= lane.size;
      this.#lanes.delete(name);
    }
    if (busy.length > 0 && this.#sparing > 0) {
      this.#sparing--;
      room = Math.min(room, most * SPARE);
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

/** How much less than its fair share of a group is little. */
const LITTLE = 16;

/** Groups after the last little for which a smaller share is taken of the busy lanes: of some milliseconds each, about a second. */
const SPARING = 64;
const SPARE = 1 / 4;

interface Lane<Item> {
  readonly items: Item[];
  /** Of all its items. */
  size: number;
}
