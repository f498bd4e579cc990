import { describe, expect, it } from 'vitest';
import { Floor } from '../../../server/tail/floor.ts';

/** Names series and takes the server's yes; what was said, and what had to be awaited. */
function agree(floor: Floor, names: readonly string[]) {
  const naming = floor.name(names);
  if (naming?.wait) floor.answer(true);
  return naming && { ...(JSON.parse(naming.line) as object), count: naming.count, wait: naming.wait };
}

describe('the floor of a connection', () => {
  it('counts ids from 0, without holes, and names only what is new', () => {
    const floor = new Floor();
    expect(floor.give('w')).toBe(true);
    expect(agree(floor, ['a', 'b'])).toEqual({
      kind: 'series',
      first: 0,
      names: ['a', 'b'],
      count: 2,
      wait: true,
    });
    expect(agree(floor, ['b', 'c', 'a'])).toMatchObject({ first: 2, names: ['c'], count: 3, wait: true });
    expect(floor.name(['a', 'b', 'c'])).toBeNull();
    expect(['a', 'b', 'c'].map((name) => floor.idOf(name))).toEqual([0, 1, 2]);
  });

  it('begins ids anew with each `run` line, and awaits no answer for what the writer was granted before', () => {
    const floor = new Floor();
    floor.give('w');
    agree(floor, ['a', 'b']);
    expect(floor.give('w')).toBe(false);
    expect(floor.give('v')).toBe(true);
    expect(agree(floor, ['a'])).toMatchObject({ first: 0, names: ['a'], wait: true });
    expect(floor.give('w')).toBe(true);
    expect(agree(floor, ['b'])).toMatchObject({ first: 0, names: ['b'], count: 1, wait: false });
    expect(agree(floor, ['a', 'new'])).toMatchObject({ first: 1, names: ['a', 'new'], count: 3, wait: true });
    floor.leave();
    expect(floor.give('w')).toBe(true);
    expect(agree(floor, ['new'])).toMatchObject({ first: 0, wait: false });
  });

  it('has a writer speak by text once its series were refused, it alone, until the connection goes', () => {
    const floor = new Floor();
    floor.give('w');
    floor.name(['a']);
    floor.answer(false);
    expect(floor.plain).toBe(true);
    floor.give('v');
    expect(floor.plain).toBe(false);
    floor.give('w');
    expect(floor.plain).toBe(true);
    floor.close();
    floor.give('w');
    expect(floor.plain).toBe(false);
  });

  it('asks for everything again on a new connection', () => {
    const floor = new Floor();
    floor.give('w');
    agree(floor, ['a']);
    floor.close();
    expect(floor.give('w')).toBe(true);
    expect(agree(floor, ['a'])).toMatchObject({ first: 0, wait: true });
  });
});
