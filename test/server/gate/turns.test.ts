import { expect, test } from 'vitest';
import { type Ticks, Turns } from '../../../server/gate/turns.ts';

/** Ticks that pass when the test says so; each piece of work takes a millisecond. */
function manual() {
  let now = 0;
  const due: (() => void)[] = [];
  const timers: { at: number; work: () => void }[] = [];
  const done: string[] = [];
  const ticks: Ticks = {
    now: () => now,
    soon: (work) => void due.push(work),
    later: (work, ms) => void timers.push({ at: now + ms, work }),
  };
  return {
    turns: new Turns(ticks, 6),
    work: (name: string) => () => {
      now++;
      done.push(name);
    },
    /** Lets one tick pass; what was done in it. */
    tick: () => {
      const begun = done.length;
      due.splice(0).forEach((work) => work());
      return done.slice(begun).join('');
    },
    pass: (ms: number) => {
      now += ms;
      for (const timer of timers.splice(0)) {
        if (timer.at <= now) timer.work();
        else timers.push(timer);
      }
    },
  };
}

test('takes a piece of each in turn, however much one has, and no more a tick than the budget', () => {
  const { turns, work, tick } = manual();
  const [noisy, quiet] = [turns.join(), turns.join()];
  for (let i = 0; i < 20; i++) noisy.offer(work('n'));
  for (let i = 0; i < 3; i++) quiet.offer(work('q'));
  expect(turns.waiting).toBe(23);
  expect([tick(), tick(), tick(), tick(), tick()]).toEqual(['nqnqnq', 'nnnnnn', 'nnnnnn', 'nnnnn', '']);
});

test('takes what a party offers while it is at work, behind the others', () => {
  const { turns, work, tick } = manual();
  const [a, b] = [turns.join(), turns.join()];
  a.offer(() => a.offer(work('a')));
  b.offer(work('b'));
  expect(tick()).toBe('ba');
});

test('lets a party rest while the others go on, and goes on with it by itself', () => {
  const { turns, work, tick, pass } = manual();
  const [resting, other] = [turns.join(), turns.join()];
  resting.rest(50);
  resting.offer(work('r'));
  other.offer(work('o'));
  expect([tick(), tick()]).toEqual(['o', '']);
  expect(resting.rests).toBe(true);
  pass(50);
  expect(tick()).toBe('r');
});
