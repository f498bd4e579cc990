import { defer, EMPTY, exhaustMap, expand, type Observable, type OperatorFunction, tap } from 'rxjs';

/**
 * Commits what arrives, in order, one commit at a time: what arrives while one is under way waits and goes together
 * into the next. So an fsync serves as many as came during the last one. Emits each group when its commit is over.
 *
 * What waits is held by the source, which must bound it; nothing is dropped.
 * @param write commits a group; never rejects
 */
export function commit<Item, Group>(
  write: (items: readonly Item[]) => Promise<Group>,
): OperatorFunction<Item, Group> {
  return (source: Observable<Item>) =>
    defer(() => {
      let waiting: Item[] = [];
      const writeWaiting = () =>
        defer(() => {
          const items = waiting;
          waiting = [];
          return write(items);
        });
      return source.pipe(
        tap((item) => waiting.push(item)),
        // While a commit is under way exhaustMap lets the arrivals pass by; expand comes back for them.
        exhaustMap(() => writeWaiting().pipe(expand(() => (waiting.length > 0 ? writeWaiting() : EMPTY)))),
      );
    });
}
