import { firstValueFrom, Subject, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { commit } from '../../server/commit.ts';

/** Commits that end when the test says so. */
function manual() {
  const groups: number[][] = [];
  const ends: (() => void)[] = [];
  const write = (items: readonly number[]) => {
    groups.push([...items]);
    return new Promise<readonly number[]>((resolve) => ends.push(() => resolve(items)));
  };
  const settle = async () => {
    ends.shift()?.();
    await new Promise(setImmediate);
  };
  return { groups, write, settle };
}

describe('commit', () => {
  it('groups what comes in one turn, and then what comes meanwhile', async () => {
    const { groups, write, settle } = manual();
    const source = new Subject<number>();
    const emitted: (readonly number[])[] = [];
    source.pipe(commit(write)).subscribe((group) => emitted.push(group));
    for (const item of [1, 2]) source.next(item);
    await settle();
    expect(groups).toEqual([[1, 2]]);
    for (const item of [3, 4]) source.next(item);
    await settle();
    expect(groups).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(emitted).toEqual([[1, 2]]);
    await settle();
    expect(emitted).toEqual([
      [1, 2],
      [3, 4],
    ]);
    source.next(5);
    await settle();
    expect(groups).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('writes nothing while nothing may go, and goes on when it may again', async () => {
    const { groups, write, settle } = manual();
    const source = new Subject<number>();
    const again = new Subject<void>();
    let most = 0;
    source.pipe(commit(write, { most: () => most, again })).subscribe();
    for (const item of [1, 2, 3]) source.next(item);
    await settle();
    expect(groups).toEqual([]);
    most = 2;
    again.next();
    await settle();
    expect(groups).toEqual([[1, 2]]);
    again.next(); // a commit is under way
    await settle();
    expect(groups).toEqual([[1, 2], [3]]);
  });

  it('leaves to the next group what would make one too large', async () => {
    const { groups, write, settle } = manual();
    const source = new Subject<number>();
    source.pipe(commit(write, { most: () => 10, size: (item) => item })).subscribe();
    for (const item of [4, 4, 4, 40, 3]) source.next(item);
    for (let i = 0; i < 5; i++) await settle();
    expect(groups).toEqual([[4, 4, 4], [40], [3]]);
  });

  it('takes in what its own result brings about', async () => {
    const { groups, write, settle } = manual();
    const source = new Subject<number>();
    source.pipe(commit(write)).subscribe((group) => {
      if (group.includes(1)) source.next(100);
    });
    source.next(1);
    await settle();
    await settle();
    expect(groups).toEqual([[1], [100]]);
  });

  it('commits what waits when the source completes, then completes', async () => {
    const source = new Subject<number>();
    const all = firstValueFrom(
      source.pipe(
        commit((items: readonly number[]) => Promise.resolve([...items])),
        toArray(),
      ),
    );
    for (const item of [1, 2, 3]) source.next(item);
    source.complete();
    expect(await all).toEqual([[1, 2, 3]]);
  });

  it('emits nothing for an empty source and passes its error on', async () => {
    const empty = new Subject<number>();
    const none = firstValueFrom(
      empty.pipe(
        commit(() => Promise.resolve(0)),
        toArray(),
      ),
    );
    empty.complete();
    expect(await none).toEqual([]);
    const failing = new Subject<number>();
    const error = firstValueFrom(failing.pipe(commit(() => Promise.resolve(0))));
    failing.error(new Error('gone'));
    await expect(error).rejects.toThrow('gone');
  });
});
