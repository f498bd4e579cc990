import { expect, it } from 'vitest';
import { partsOf } from '../../../scripts/bench/profile/parts.ts';

const frame = (functionName: string, url = '') => ({ functionName, url });

it('sums up a profile by part, native code for its caller, without idle time', () => {
  const parts = partsOf({
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 3, 4, 6] },
      { id: 2, callFrame: frame('(idle)') },
      { id: 3, callFrame: frame('(garbage collector)') },
      { id: 4, callFrame: frame('take', 'file:///t/dist/server/gate/gate.js'), children: [5] },
      { id: 5, callFrame: frame('parse') },
      { id: 6, callFrame: frame('writev', 'node:net') },
    ],
    samples: [2, 3, 4, 5, 5, 6],
    timeDeltas: [1000, 10, 20, 30, 20, 20],
  });
  expect(parts.map(({ part, share }) => [part.split(':')[0], share])).toEqual([
    ['gate', 0.7],
    ['Node itself', 0.2],
    ['garbage collection', 0.1],
  ]);
  expect(parts[0].functions).toEqual([
    { name: 'parse', share: 0.5 },
    { name: 'take', share: 0.2 },
  ]);
});
