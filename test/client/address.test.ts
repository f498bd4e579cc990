import { expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../client/address.ts';

it.each([
  ['', 'runs', null],
  ['#/', 'runs', null],
  ['#/run/a%20b', 'run', 'a b'],
  ['#/run/%zz', 'run', '%zz'],
  ['#/alerts?state=snoozed', 'alerts', null],
  ['#/compare?runs=a,b', 'compare', null],
  ['#/settings', 'settings', null],
  ['#/nothing/like/it', 'runs', null],
])('reads %s', (hash, view, run) => {
  expect(parseAddress(hash)).toMatchObject({ view, run });
});

it('keeps how a view is shown, whatever is in it', () => {
  const params = new Map([
    ['q', 'lr<1e-3 "a b" ü'],
    ['zoom', '10-20'],
  ]);
  const address = { view: 'run', run: 'a/b', params } as const;
  expect(parseAddress(formatAddress(address))).toEqual(address);
});
