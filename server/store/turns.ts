/** Milliseconds of work in one turn of the event loop: most of a commit, whose acknowledgements wait for each turn. */
const SLICE_MS = 8;

/** Does work on every item in order, some milliseconds a turn, so that others get a word in between. */
export async function inTurns<Item>(items: Iterable<Item>, work: (item: Item) => void): Promise<void> {
  let since = performance.now();
  for (const item of items) {
    if (performance.now() - since > SLICE_MS) {
      await new Promise(setImmediate);
      since = performance.now();
    }
    work(item);
  }
}
