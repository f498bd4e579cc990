import { describe, expect, it } from 'vitest';
import { Tags } from '../../../../server/tail/formats/tags.ts';

/** The series of each tag, as they stand one behind the other in a file. */
function read(tags: Tags, given: readonly string[]): string[] {
  const bytes = Buffer.from(given.join(''));
  let at = 0;
  return given.map((tag) => {
    const from = at;
    at += Buffer.byteLength(tag);
    return tags.names[tags.seriesAt(bytes, from, at)];
  });
}

describe('the tags of an event file', () => {
  it('are one series each, also where one is the beginning of another, in whatever order they come', () => {
    // Each goes before each, so that the one that is tried first is wrong in every way.
    const all = ['loss', 'loss2', 'los', 'lost', 'l', 'a/loss', 'größe', 'grösse'];
    const given = all.flatMap((one) => all.flatMap((other) => [one, other]));
    const tags = new Tags('');
    expect(read(tags, given)).toEqual(given);
    expect(tags.names).toHaveLength(all.length);
  });

  it('are told apart where their hashes are the same', () => {
    const given = ['layer.600346/0', 'layer.946735/1', 'layer.600346/0', 'layer.600346/0'];
    expect(read(new Tags(''), given)).toEqual(given);
  });

  it('get the prefix of their folder, but for those that have it', () => {
    const tags = new Tags('train');
    expect(read(tags, ['loss', 'train/loss', 'trainer/lr', 'train'])).toEqual([
      'train/loss',
      'train/loss',
      'train/trainer/lr',
      'train/train',
    ]);
    expect(tags.names).toHaveLength(3);
  });

  it('are one series where they differ in what no series may be called', () => {
    const tags = new Tags('');
    expect(read(tags, ['a\nb', 'a\tb', 'a?b'])).toEqual(['a?b', 'a?b', 'a?b']);
    expect(tags.names).toEqual(['a?b']);
  });
});
