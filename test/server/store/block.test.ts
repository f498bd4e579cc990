import { expect, it } from 'vitest';
import { blocksOf, unpackBlock } from '../../../server/store/block.ts';
import { ByteWriter } from '../../../server/store/bytes.ts';
import { cutChunks } from '../../../server/store/recut.ts';
import { randomFrom } from '../../support/random.ts';

/** Bytes that a value may have to share a page of the catalogue with others. */
const PAGE = 4_096;

it('blocks take up most of a page each, and have every chunk once and in order', () => {
  const random = randomFrom(3);
  const count = 400_000;
  const points = {
    steps: Float64Array.from({ length: count }, (_, i) => i),
    times: Float64Array.from({ length: count }, (_, i) => 1_790_000_000 + i),
    values: Float64Array.from({ length: count }, () => random() * random()),
  };
  const chunks = cutChunks({ series: 1, attempt: 0 }, [points], new ByteWriter(1 << 16), 0);
  const blocks = blocksOf(chunks);
  expect(blocks.flatMap(unpackBlock)).toEqual(chunks);
  expect(blocks.length).toBeGreaterThan(3);
  for (const { length } of blocks.slice(0, -1)) {
    expect(length).toBeGreaterThan(0.75 * PAGE);
    expect(length).toBeLessThan(PAGE);
  }
  expect(blocksOf([])).toEqual([]);
});

it('blocks tell of times that fall, at no cost where none do; an older block does not know', () => {
  const cut = (times: Float64Array) => {
    const steps = Float64Array.from(times.keys());
    return cutChunks({ series: 1, attempt: 0 }, [{ steps, times, values: steps }], new ByteWriter(), 0);
  };
  const rising = cut(Float64Array.from({ length: 4_096 }, (_, i) => 1_790_000_000 + i));
  const back = cut(Float64Array.from({ length: 4_096 }, (_, i) => 1_790_000_000 + i - (i > 1_500 ? 60 : 0)));
  expect(rising.map(({ times }) => times)).toEqual(Array.from(rising, () => 'rising'));
  expect(back[1].times).toEqual({ least: 1_790_001_024, greatest: 1_790_001_987 });
  expect(back.map(({ times }) => times === 'rising')).toEqual([true, false, true, true]);
  const [block] = blocksOf([...rising, ...back]);
  expect(unpackBlock(block)).toEqual([...rising, ...back]);
  const [plain] = blocksOf(rising);
  const older = unpackBlock(plain.subarray(0, -1));
  expect(older).toEqual(rising.map((chunk) => ({ ...chunk, times: 'unknown' })));
  expect(unpackBlock(blocksOf(older)[0])).toEqual(older);
});
