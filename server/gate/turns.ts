/** How long one tick may take work in, in ms: what is left waits for the next, and other sockets get a word in. */
const BUDGET_MS = 6;

/** Clock and scheduler, as arguments for the tests' sake. */
export interface Ticks {
  /** A clock in ms. */
  readonly now: () => number;
  /** Calls back in the next tick of the event loop. */
  readonly soon: (work: () => void) => void;
  /** Calls back after `ms`. */
  readonly later: (work: () => void, ms: number) => void;
}

const REAL: Ticks = {
  now: () => performance.now(),
  soon: (work) => void setImmediate(work),
  later: (work, ms) => void setTimeout(work, ms).unref(),
};

/**
 * Lets parties take turns, one piece of work each, round after round, for at most a few milliseconds a tick: a socket
 * that sends without end costs the others one piece of its work a round, and the event loop never more than the budget
 * and the piece begun last.
 */
export class Turns {
  readonly #ticks: Ticks;
  readonly #budget: number;
  /** Parties that have work, the next one first. */
  #round: Party[] = [];
  #due = false;
  /** When a timer is to look again for parties that rest; Infinity: none is set. */
  #wakes = Infinity;

  constructor(ticks: Ticks = REAL, budgetMs = BUDGET_MS) {
    this.#ticks = ticks;
    this.#budget = budgetMs;
  }

  /** A party without work. */
  join(): Party {
    return new Party((party) => {
      this.#round.push(party);
      this.#schedule();
    }, this.#ticks.now);
  }

  /** Pieces of work that wait for their turn. */
  get waiting(): number {
    return this.#round.reduce((sum, party) => sum + party.waiting, 0);
  }

  #schedule(): void {
    if (this.#due) return;
    this.#due = true;
    this.#ticks.soon(() => {
      this.#due = false;
      this.#tick();
    });
  }

  #tick(): void {
    const { now } = this.#ticks;
    const end = now() + this.#budget;
    let resting = 0;
    while (resting < this.#round.length) {
      const party = this.#round.shift()!;
      if (party.restsUntil > now()) {
        this.#round.push(party);
        resting++;
        continue;
      }
      resting = 0;
      party.work();
      if (party.waiting > 0) this.#round.push(party);
      if (now() >= end && this.#round.length > 0) return this.#schedule();
    }
    if (this.#round.length > 0) this.#wake();
  }

  /** All that is left rests. */
  #wake(): void {
    const { now, later } = this.#ticks;
    const first = Math.min(...this.#round.map(({ restsUntil }) => restsUntil));
    if (first >= this.#wakes) return;
    this.#wakes = first;
    later(
      () => {
        this.#wakes = Infinity;
        this.#schedule();
      },
      Math.max(1, first - now()),
    );
  }
}

/** Whoever takes turns: a socket, or a request. */
export class Party {
  /** The clock's time before which nothing of it is done. */
  restsUntil = 0;
  readonly #work: (() => void)[] = [];
  readonly #enter: (party: Party) => void;
  readonly #now: () => number;

  constructor(enter: (party: Party) => void, now: () => number) {
    this.#enter = enter;
    this.#now = now;
  }

  get waiting(): number {
    return this.#work.length;
  }

  /** Adds a piece of work, behind those of its own that wait. */
  offer(work: () => void): void {
    this.#work.push(work);
    if (this.#work.length === 1) this.#enter(this);
  }

  /** Does the next piece. What it offers meanwhile finds the party still in the round. */
  work(): void {
    try {
      this.#work[0]();
    } finally {
      this.#work.shift();
    }
  }

  /** Whether it has to rest. */
  get rests(): boolean {
    return this.restsUntil > this.#now();
  }

  /** Lets it do nothing for so long, in ms. */
  rest(ms: number): void {
    this.restsUntil = Math.max(this.restsUntil, this.#now() + ms);
  }
}
