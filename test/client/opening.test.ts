import { expect, it } from 'vitest';
import { createOpening } from '../../client/opening.ts';

function start() {
  const shown: (() => void)[] = [];
  const later: { task: () => void; ms: number }[] = [];
  const opening = createOpening({
    shown: (task) => shown.push(task),
    later: (task, ms) => later.push({ task, ms }),
  });
  return { opening, shown, later };
}

it('is over when the first chart is on the screen, not when it is drawn', () => {
  const { opening, shown } = start();
  opening.drew();
  opening.drew();
  expect(opening.over.value).toBe(false);
  expect(shown).toHaveLength(1);
  shown[0]();
  expect(opening.over.value).toBe(true);
});

it('waits 400 ms for a chart once the runs are known, not from every time that they are told', () => {
  const { opening, later } = start();
  expect(later).toEqual([]);
  opening.known(true);
  opening.known(true);
  expect(later.map(({ ms }) => ms)).toEqual([400]);
  expect(opening.over.value).toBe(false);
  later[0].task();
  expect(opening.over.value).toBe(true);
});

it('waits for no chart where no run is looked at that is known', () => {
  const { opening, later } = start();
  opening.known(false);
  expect(opening.over.value).toBe(true);
  expect(later).toEqual([]);
});
