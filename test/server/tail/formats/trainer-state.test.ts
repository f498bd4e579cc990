import { describe, expect, it } from 'vitest';
import { trainerStateReader } from '../../../../server/tail/formats/trainer-state.ts';
import { fixture, logs, points, read } from './read.ts';

const state = (path: string) =>
  read(trainerStateReader(), fixture(`trainer-state/${path}/trainer_state.json`));

describe('trainer_state.json', () => {
  it('reads the history under the Trainer’s own names', () => {
    const entries = state('.');
    expect(points(entries, 'train/loss').map(([step]) => step)).toEqual([5, 10, 15, 20, 25, 30, 35, 40]);
    expect(points(entries, 'eval/loss').map(([step]) => step)).toEqual([10, 20, 30, 40]);
    expect(logs(entries)[0]).toMatchObject({ step: 5, epoch: 0.625 });
    expect(points(entries, 'train/train_loss')).toEqual([]);
  });

  it('says that a training at its last step is over, and one before it not', () => {
    expect(state('.').at(-1)).toEqual({ kind: 'end', status: 'finished' });
    expect(state('checkpoint-20').some(({ kind }) => kind === 'end')).toBe(false);
  });

  it('reads a checkpoint as the beginning of the next', () => {
    const early = logs(state('checkpoint-20'));
    expect(early.length).toBeGreaterThan(4);
    expect(logs(state('.')).slice(0, early.length)).toEqual(early);
  });

  it('waits for JSON to be whole', () => {
    const bytes = fixture('trainer-state/trainer_state.json').subarray(0, 500);
    expect(() => read(trainerStateReader(), bytes)).toThrow('not whole JSON');
  });
});
