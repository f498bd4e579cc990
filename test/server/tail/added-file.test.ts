import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AddedFile } from '../../../server/tail/added-file.ts';
import { eventsReader } from '../../../server/tail/formats/events.ts';
import { eventFile } from '../../support/event-file.ts';
import { temporaryFolder } from '../../support/server.ts';
import { range } from './points.ts';

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, 'events');
});
afterEach(() => folder.remove());

const bytes = eventFile(range(100).map((step) => ({ tag: 'loss', step, value: step, time: 1.7e9 + step })));
const seen = () => ({ path, size: statSync(path).size, modified: 0 });

function open(): AddedFile {
  const format = { name: 'tensorboard', grows: 'added' } as const;
  return new AddedFile({ format, home: path, source: 'events', open: () => eventsReader() }, seen());
}

describe('a file that is added to', () => {
  it.each([0, 1, 40, 99, 100, 120])(
    'gives what follows on the %i lines that the server has, no sooner and no later',
    async (have) => {
      writeFileSync(path, bytes);
      const file = open();
      file.have = have;
      await file.fill();
      expect(file.mark().count).toBe(Math.min(have, 100));
      expect(file.speaks()).toBe(have < 100);
      if (have >= 100) return;
      const piece = file.take(1000);
      expect(piece).toMatchObject({ first: have + 1, last: 100 });
      if (piece.kind === 'points') expect(piece.points.steps[piece.from]).toBe(have);
    },
  );

  it('goes on behind the records before a damaged one, once that is whole', async () => {
    const damaged = Buffer.from(bytes);
    const at = Math.floor(bytes.length / 2);
    damaged[at] ^= 1;
    writeFileSync(path, damaged);
    const file = open();
    await expect(file.fill()).rejects.toThrow('checksum');
    file.have = 0;
    const before = file.take(1000).last;
    expect(before).toBeGreaterThan(40);
    writeFileSync(path, bytes);
    await file.fill();
    expect(file.take(1000)).toMatchObject({ first: before + 1, last: 100 });
    expect(file.empty).toBe(true);
  });
});
