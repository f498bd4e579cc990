import { createHmac } from 'node:crypto';
import { TestScheduler } from 'rxjs/testing';
import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { deliver, type Outcome, signed, type Send } from '../../../server/desk/delivery.ts';
import { VirtualTimeScheduler } from 'rxjs';

const message = { body: '{"a":1}', headers: {} };
const target = { url: 'http://x', secret: null };

/** Delivers messages in virtual time, each answered with the next of `answers`; with what came of them, and when sent. */
async function delivering(count: number, answers: readonly (number | Error)[]) {
  const scheduler = new VirtualTimeScheduler();
  const sent: number[] = [];
  const outcomes: Outcome[] = [];
  const send: Send = () => {
    const answer = answers[sent.length] ?? 200;
    sent.push(scheduler.now());
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const subscription = from(Array.from({ length: count }, () => message))
    .pipe(deliver(target, { send, now: () => 0, scheduler }))
    .subscribe((outcome) => outcomes.push(outcome));
  while (!subscription.closed) {
    for (let i = 0; i < 10; i++) await Promise.resolve();
    scheduler.flush();
  }
  return { sent, outcomes };
}

describe('a delivery', () => {
  it('is tried again after 1, 2, 4 and 8 s, and then given up', async () => {
    const { sent, outcomes } = await delivering(1, [500, new Error('no route'), 503, 429, 500, 200]);
    expect(sent).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
    expect(outcomes).toEqual([{ ok: false, message: 'the target answered 500' }]);
  });

  it('is not tried again when it was refused for good, or redirected', async () => {
    expect((await delivering(1, [404])).sent).toHaveLength(1);
    expect((await delivering(1, [302])).outcomes).toEqual([
      { ok: false, message: 'the target answered 302' },
    ]);
  });

  it('waits for the one before, and is not held back by its failure', async () => {
    const { sent, outcomes } = await delivering(2, [500, 200, 204]);
    expect(sent).toEqual([0, 1_000, 1_000]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true]);
  });
});

it('is signed over its time and body', () => {
  const { headers } = signed(message, 'secret-secret', 1234.9);
  const expected = createHmac('sha256', 'secret-secret').update('1234.{"a":1}').digest('hex');
  expect(headers['x-tidemark-signature']).toBe(`t=1234,v1=${expected}`);
});

it('ends when its messages end, and lets go of them when it is let go of', () => {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
    ({ cold, expectObservable, expectSubscriptions }) => {
      const send: Send = () => new Promise(() => undefined);
      const none = cold<typeof message>('--|');
      expectObservable(none.pipe(deliver(target, { send, now: () => 0 }))).toBe('--|');
      expectSubscriptions(none.subscriptions).toBe('^-!');
      const never = cold('-m-', { m: message });
      expectObservable(never.pipe(deliver(target, { send, now: () => 0 })), '^---!').toBe('-');
      expectSubscriptions(never.subscriptions).toBe('^---!');
    },
  );
});
