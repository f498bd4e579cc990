import { beforeEach, describe, expect, it } from 'vitest';
import { Damaged } from '../../../server/tail/entry.ts';
import { Troubles } from '../../../server/tail/troubles.ts';

let now: number;
let warnings: string[];
let troubles: Troubles;
beforeEach(() => {
  now = 1.7e12;
  warnings = [];
  troubles = new Troubles({ now: () => now, warn: (message) => warnings.push(message) });
});

const file = () => ({ path: '/runs/a.csv', waiting: false });
const damaged = new Damaged('no JSON');
const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });

describe('a file that cannot be read', () => {
  it('is complained of once, when its damage can no longer be a write under way', () => {
    const bad = file();
    for (const after of [0, 29_999, 1, 60_000]) {
      now += after;
      troubles.add(bad, damaged, false);
      expect(warnings).toHaveLength(now < 1.7e12 + 30_000 ? 0 : 1);
    }
    expect(warnings[0]).toBe('/runs/a.csv: no JSON; what is before that is kept');
    expect(bad.waiting).toBe(true);
  });

  it('is complained of at once where no write is under way, or it is not the bytes', () => {
    troubles.add(file(), damaged, true);
    troubles.add(file(), denied, false);
    expect(warnings).toHaveLength(2);
  });

  it('begins anew once it was read well', () => {
    const bad = file();
    troubles.add(bad, denied, false);
    troubles.over(bad);
    troubles.add(bad, denied, false);
    expect(warnings).toHaveLength(2);
    troubles.over(bad);
    troubles.add(bad, damaged, false);
    now += 29_000;
    troubles.over(bad);
    now += 29_000;
    troubles.add(bad, damaged, false);
    expect(warnings).toHaveLength(2);
  });

  it('is no trouble of the file where the program is wrong', () => {
    expect(() => troubles.add(file(), new TypeError('x is undefined'), false)).toThrow('x is undefined');
  });
});
