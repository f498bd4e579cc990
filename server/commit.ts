import {
  concatMap,
  defer,
  EMPTY,
  exhaustMap,
  expand,
  merge,
  type Observable,
  type OperatorFunction,
  tap,
} from 'rxjs';
import { type LaneOptions, Lanes } from './lanes.ts';

export interface CommitOptions<Item> extends LaneOptions<Item> {
  /** Size above which the next group takes no more items; 0: nothing goes for now. */
  readonly most?: () => number;
  /** Emits when `most` is above 0 again. */
  readonly again?: Observable<unknown>;
}

/**
 * Commits what arrives, one commit at a time: what arrives in one turn of the event loop goes together, and what arrives
 * while a commit is under way waits and goes into the next. So an fsync serves as many as came during the last one.
 * Those of one lane go in order, and no lane waits for another's crowd; see lanes.ts. Emits each group when its commit
 * is over.
 *
 * What waits is held by the source, which must bound it; nothing is dropped.
 * @param write commits a group; never rejects
 */
export function commit<Item, Group>(
  write: (items: readonly Item[]) => Promise<Group>,
  { most = () => Infinity, again = EMPTY, ...options }: CommitOptions<Item> = {},
): OperatorFunction<Item, Group> {
  return (source: Observable<Item>) =>
    defer(() => {
      const waiting = new Lanes(options);
      const writeWaiting = () =>
        defer(() => {
          const items = waiting.take(most());
          return items.length > 0 ? write(items) : EMPTY;
        });
      const turn = defer(() => Promise.resolve());
      // While a commit is under way exhaustMap lets the arrivals pass by; expand comes back for them.
      return merge(source.pipe(tap((item) => waiting.add(item))), again).pipe(
        exhaustMap(() => turn.pipe(concatMap(writeWaiting), expand(writeWaiting))),
      );
    });
}
