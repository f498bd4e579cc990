import { beforeEach, describe, expect, it } from 'vitest';
import { Session } from '../../../server/gate/session.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { encodeLogFrame } from '../../../shared/log-frame.ts';
import { HELLO, log, type SessionWorld, sessionWorld, tables } from './session-world.ts';

const SERIES = '{"kind":"series","first":0,"names":["loss"]}';

let world: SessionWorld;
beforeEach(() => {
  world = sessionWorld();
  world.state = { ...world.state, limits: { ...LIMITS, attemptsPerRank: 2 } };
});

/** Steps by attempt, and what was refused. */
function told({ records, answers }: ReturnType<SessionWorld['take']>) {
  return {
    attempts: tables(records).map(({ table }) => [table.attempt, ...table.steps]),
    refused: answers.flatMap((answer) =>
      answer.kind === 'error' ? [[answer.code, answer.seq, answer.to, answer.message]] : [],
    ),
  };
}

const RULE = 'must be no lower than before: the rank has 2 attempts, as many as it may';

describe('steps that go back more often than they may', () => {
  it('are refused line by line, and those that go on are taken', () => {
    const taken = world.take(log(5, 1), log(3, 2), log(1, 3), log(4, 4));
    expect(told(taken)).toEqual({
      attempts: [
        [0, 5],
        [1, 3],
        [1, 4],
      ],
      refused: [['too-many-attempts', 3, undefined, `step: ${RULE}, got 1`]],
    });
    world.keep(taken.records);
    expect(world.state.runs.get('r')!.writers.get('w')!.received.list()).toEqual([[1, 4]]);
    // Also after a restart, from what was kept.
    world.state.intakes.clear();
    expect(told(world.take(log(2, 5), log(4, 6)))).toEqual({
      attempts: [[1, 4]],
      refused: [['too-many-attempts', 5, undefined, `step: ${RULE}, got 2`]],
    });
  });

  it('are refused as a line of many steps', () => {
    const columns = (seq: number, ...steps: number[]) =>
      JSON.stringify({ kind: 'log', seq, steps, values: { loss: steps } });
    expect(told(world.take(columns(1, 5, 6), columns(2, 3, 4), columns(3, 1, 2), columns(4, 4, 5)))).toEqual({
      attempts: [
        [0, 5, 6],
        [1, 3, 4],
        [1, 4, 5],
      ],
      refused: [['too-many-attempts', 3, undefined, `steps/0: ${RULE}, got 1`]],
    });
  });

  /** What comes of binary frames of these steps, one after the other. */
  const framed = (numbered: boolean, ...frames: number[][]) => {
    const session = new Session(world.state);
    session.take([HELLO, SERIES].join('\n'));
    let seq = 1;
    return frames.map((at) => {
      const steps = Float64Array.from(at);
      const columns = [{ id: 0, rows: null, values: steps }];
      const frame = encodeLogFrame({ numbered, seq, steps, times: null, columns });
      seq += numbered ? at.length : 1;
      return told(session.takeBinary(frame));
    });
  };

  it('are refused as a binary frame that is one line', () => {
    expect(framed(false, [5, 6], [3, 4], [1, 2], [4, 5])).toEqual([
      { attempts: [[0, 5, 6]], refused: [] },
      { attempts: [[1, 3, 4]], refused: [] },
      { attempts: [], refused: [['too-many-attempts', 3, undefined, `steps/0: ${RULE}, got 1`]] },
      { attempts: [[1, 4, 5]], refused: [] },
    ]);
  });

  it('are refused row by row where each row of a binary frame is a line', () => {
    expect(framed(true, [5, 6], [3, 4], [1, 7], [8, 9])).toEqual([
      { attempts: [[0, 5, 6]], refused: [] },
      { attempts: [[1, 3, 4]], refused: [] },
      { attempts: [[1, 7]], refused: [['too-many-attempts', 5, undefined, `step: ${RULE}, got 1`]] },
      { attempts: [[1, 8, 9]], refused: [] },
    ]);
  });
});
