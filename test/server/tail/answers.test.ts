import { describe, expect, it } from 'vitest';
import { Acks } from '../../../server/tail/acks.ts';
import { Agreements } from '../../../server/tail/agreements.ts';
import { Greeting } from '../../../server/tail/greeting.ts';
import type { Welcome } from '../../../shared/answers.ts';

/** What each promise has come to so far; null: nothing. */
async function states(...promises: Promise<unknown>[]): Promise<unknown[]> {
  const found: unknown[] = promises.map(() => null);
  promises.forEach((promise, i) => {
    promise.then(
      (value) => (found[i] = value ?? 'done'),
      (error: unknown) => (found[i] = (error as Error).message),
    );
  });
  await Promise.resolve();
  await Promise.resolve();
  return found;
}

describe('answers about series', () => {
  it('go to who waits, past those that nobody waits for', async () => {
    const agreements = new Agreements();
    agreements.note('w', 2);
    const waits = agreements.wait('w', 3);
    agreements.agreed('w', 2);
    expect(await states(waits)).toEqual([null]);
    agreements.agreed('v', 3);
    agreements.agreed('w', 4);
    expect(await states(waits)).toEqual([null]);
    agreements.agreed('w', 3);
    expect(await states(waits)).toEqual([true]);
  });

  it('are a no for who waits where anything without a number is refused, and of no concern to others', async () => {
    const agreements = new Agreements();
    agreements.note('w', 2);
    expect(agreements.refused()).toBe(false);
    const waits = agreements.wait('w', 3);
    expect(agreements.refused()).toBe(true);
    expect(await states(waits)).toEqual([false]);
    // The answer to what nobody waited for comes late: the next one still gets its own.
    const next = agreements.wait('v', 1);
    agreements.agreed('w', 2);
    expect(await states(next)).toEqual([null]);
    agreements.agreed('v', 1);
    expect(await states(next)).toEqual([true]);
  });

  it('fail when the connection goes', async () => {
    const agreements = new Agreements();
    agreements.note('w', 1);
    const waits = agreements.wait('w', 3);
    agreements.fail(new Error('gone'));
    expect(await states(waits)).toEqual(['gone']);
  });
});

describe('answers to `run` lines', () => {
  const welcome = (writer: string): Welcome => ({
    kind: 'welcome',
    protocol: 1,
    server: '',
    run: 'r',
    writer,
    seq: 3,
    missing: [],
    attempt: 0,
    step: null,
  });

  it('are whole when each line has one, a welcome or a refusal', async () => {
    const greeting = new Greeting(3);
    greeting.welcome(welcome('w'));
    greeting.refuse({ kind: 'error', code: 'too-many-runs', message: 'no' });
    expect(await states(greeting.answered)).toEqual([null]);
    greeting.welcome(welcome('v'));
    const { welcomes, refusals } = await greeting.answered;
    expect([...welcomes.keys()]).toEqual(['r\nw', 'r\nv']);
    expect(refusals).toHaveLength(1);
  });
});

describe('acknowledgements', () => {
  it('make durable what is up to them, of every writer, and no more', async () => {
    const acks = new Acks();
    const both = acks.all(new Map([['w', 5], ['v', 2]])); // prettier-ignore
    const later = acks.all(new Map([['w', 6]]));
    acks.heard('w', 4);
    acks.heard('v', 9);
    expect(await states(both, later)).toEqual([null, null]);
    acks.heard('w', 5);
    expect(await states(both, later)).toEqual(['done', null]);
    acks.fail(new Error('gone'));
    expect(await states(both, later, acks.all(new Map()))).toEqual(['done', 'gone', 'done']);
  });
});
