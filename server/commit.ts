import { defer, EMPTY, exhaustMap, expand, type Observable, type OperatorFunction, tap } from 'rxjs';

/**
 * Commits what arrives, in order, one commit at a time: what arrives while one is under way waits and goes together
 * into the next. So an fsync serves as many as came during the last one. Emits each group when its commit is over.
 *
 * What waits is held by the source, which must bound it; nothing is dropped.
 * @param write commits a group; never rejects
 * @param most size above which a group takes no more items
 * @param size size of an item, above 0
 */
export function commit<Item, Group>(
  write: (items: readonly Item[]) => Promise<Group>,
  { most = Infinity, size = () => 1 }: { most?: number; size?: (item: Item) => number } = {},
): OperatorFunction<Item, Group> {
  return (source: Observable<Item>) =>
    defer(() => {
      const waiting: Item[] = [];
      const writeWaiting = () =>
        defer(() => {
          let count = 0;
          for (let sum = 0; count < waiting.length && sum < most; count++) sum += size(waiting[count]);
          return write(waiting.splice(0, count));
        });
      return source.pipe(
        tap((item) => waiting.push(item)),
        // While a commit is under way exhaustMap lets the arrivals pass by; expand comes back for them.
        exhaustMap(() => writeWaiting().pipe(expand(() => (waiting.length > 0 ? writeWaiting() : EMPTY)))),
      );
    });
}
