import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textOf } from '../../sdk/block.ts';
import { blocksOf } from '../../sdk/columns.ts';
import { Conversation } from '../../sdk/conversation.ts';
import { Outbox } from '../../sdk/outbox.ts';
import type { Intake } from '../../server/gate/intake.ts';
import { Session } from '../../server/gate/session.ts';
import type { StoreRecord } from '../../server/store/record.ts';
import { Run as StoredRun } from '../../server/store/run.ts';
import { LIMITS } from '../../shared/limits.ts';
import { decodeLogFrame } from '../../shared/log-frame.ts';

const HELLO = '{"kind":"run","protocol":1,"run":"r","writer":"w"}';
const line = (seq: number) => ({ seq, text: `{"kind":"note","seq":${seq},"text":"x"}` });
const welcome = (seq = 0, missing: [number, number][] = [], writer = 'w') =>
  JSON.stringify({
    kind: 'welcome',
    protocol: 1,
    server: '1.2',
    run: 'r',
    writer,
    seq,
    missing,
    attempt: 0,
    step: null,
  });
const ack = (seq: number, writer = 'w') => JSON.stringify({ kind: 'ack', run: 'r', writer, seq });
const STOP = { kind: 'stop', run: 'r', step: 100, epoch: 3, reason: 'best epoch is past' };

/** The lines of a text frame. */
const linesOf = (frame: string | Uint8Array | null) => (typeof frame === 'string' ? frame.split('\n') : []);

function outbox(last: number, writer = 'w') {
  const box = new Outbox(HELLO.replace('"w"', `"${writer}"`), writer);
  for (let seq = 1; seq <= last; seq++) box.add(line(seq));
  return box;
}

/** A conversation that has said hello. */
function greeted(...outboxes: Outbox[]) {
  const conversation = new Conversation(outboxes);
  conversation.opened();
  conversation.frame();
  return conversation;
}

test('says hello first, and nothing more until it is welcome', () => {
  const conversation = new Conversation([outbox(2)]);
  expect(conversation.frame()).toBeNull();
  conversation.opened();
  expect(conversation.frame()).toBe(HELLO);
  expect(conversation.frame()).toBeNull();
  conversation.hear(welcome());
  expect(conversation.frame()).toBe(`${line(1).text}\n${line(2).text}`);
  expect(conversation.frame()).toBeNull();
});

test('sends at most 512 lines a frame', () => {
  const conversation = greeted(outbox(600));
  conversation.hear(welcome());
  expect([conversation.frame(), conversation.frame()].map((frame) => linesOf(frame).length)).toEqual([
    512, 88,
  ]);
});

test('after a reconnect sends what the server lacks', () => {
  const box = outbox(5);
  const conversation = greeted(box);
  conversation.hear(welcome());
  conversation.frame();
  conversation.hear(ack(1));
  conversation.closed(1006);
  expect(conversation.frame()).toBeNull();
  conversation.opened();
  expect(conversation.frame()).toBe(HELLO);
  conversation.hear(welcome(4, [[2, 2]]));
  expect(conversation.frame()).toBe(`${line(2).text}\n${line(5).text}`);
});

test('delivers what earlier starts left before its own, each under its own hello', () => {
  const [earlier, own] = [outbox(1, 'old'), outbox(1)];
  const conversation = greeted(earlier, own);
  conversation.hear(welcome(0, [], 'old'));
  conversation.frame();
  expect(conversation.advance()).toBeNull();
  conversation.hear(`${ack(1, 'old')}\n${ack(1)}`);
  expect(conversation.advance()).toBe(earlier);
  expect(conversation.frame()).toBe(HELLO);
  conversation.hear(welcome());
  expect(conversation.live).toBe(true);
  expect(conversation.frame()).toBe(line(1).text);
  expect(conversation.advance()).toBeNull();
});

test('hands on a stop, but not one heard while an earlier start’s lines are delivered', () => {
  const conversation = greeted(outbox(0, 'old'), outbox(0));
  conversation.hear(welcome(0, [], 'old'));
  expect(conversation.hear(JSON.stringify(STOP))).toEqual([]);
  conversation.advance();
  conversation.frame();
  conversation.hear(welcome());
  expect(conversation.hear(JSON.stringify(STOP))).toEqual([{ kind: 'stop', stop: STOP }]);
});

test('drops a refused line and warns', () => {
  const box = outbox(3);
  const conversation = greeted(box);
  conversation.hear(welcome());
  conversation.frame();
  const error = '{"kind":"error","code":"bad-line","message":"step: must be …, got -1","seq":2}';
  expect(conversation.hear(error)).toEqual([
    {
      kind: 'warning',
      code: 'bad-line',
      message: 'step: must be …, got -1 (line 2 was refused)',
      lost: true,
    },
  ]);
  conversation.closed(1006);
  conversation.opened();
  conversation.frame();
  conversation.hear(welcome());
  expect(conversation.frame()).toBe(`${line(1).text}\n${line(3).text}`);
});

test.each([
  ['a refused hello', '{"kind":"error","code":"config-too-large","message":"m"}', 'config-too-large'],
  ['a wrong token', '{"kind":"error","code":"token-wrong","message":"m"}', 'token-wrong'],
  ['an older server', welcome().replace('"protocol":1', '"protocol":0'), 'protocol-mismatch'],
])('is silent for good after %s', (_name, answer, code) => {
  const conversation = greeted(outbox(1));
  expect(conversation.hear(answer)).toMatchObject([{ kind: 'refused', code }]);
  conversation.closed(1000);
  conversation.opened();
  expect(conversation.frame()).toBeNull();
});

test('says which side is old', () => {
  const [event] = greeted(outbox(0)).hear(welcome().replace('"protocol":1', '"protocol":2'));
  expect(event).toMatchObject({
    message: 'protocol: must be 1, got 2 from server 1.2; this SDK is the older one',
  });
});

test('goes on with its own lines when what an earlier start left is refused', () => {
  const conversation = greeted(outbox(1, 'old'), outbox(1));
  conversation.hear('{"kind":"error","code":"bad-line","message":"m"}');
  expect(conversation.frame()).toBe(HELLO);
});

test('keeps a line that the store could not keep, and comes back', () => {
  const conversation = greeted(outbox(1));
  conversation.hear(welcome());
  conversation.frame();
  expect(conversation.hear('{"kind":"error","code":"store-failed","message":"m","seq":1}')).toMatchObject([
    { kind: 'retry' },
  ]);
  conversation.closed(1000);
  conversation.opened();
  conversation.frame();
  conversation.hear(welcome());
  expect(conversation.frame()).toBe(line(1).text);
});

test('sends smaller frames to a server that takes no larger ones, and gives up a line that is too large', () => {
  const box = new Outbox(HELLO, 'w');
  box.add({ seq: 1, text: 'x'.repeat(300_000) });
  box.add(line(2));
  const conversation = greeted(box);
  const tries = [0, 1, 2].map(() => conversation.closed(1009));
  expect(tries).toMatchObject([[], [], [{ code: 'frame-too-large', lost: true }]]);
  conversation.opened();
  conversation.frame();
  conversation.hear(welcome());
  expect(conversation.frame()).toBe(line(2).text);
});

test.each(['', 'no JSON', '[]', 'null', '{"kind":"newer"}', '{}'])('takes no harm from %j', (text) => {
  expect(greeted(outbox(1)).hear(text)).toEqual([]);
});

test('every line is stored once and in order, whatever connections break and answers are lost', () => {
  const moves = fc.array(fc.constantFrom('add', 'add', 'send', 'send', 'ack', 'lose answers', 'break'), {
    minLength: 50,
    maxLength: 300,
  });
  fc.assert(
    fc.property(moves, (script) => {
      const box = new Outbox(HELLO, 'w', { limits: { lines: 5, bytes: 1e9 } });
      const file: { seq: number; text: string }[] = [];
      const stored: number[] = [];
      let read = 0;
      const conversation = new Conversation([box]);
      const add = () => {
        file.push(line(file.length + 1));
        const already = box.spilled;
        if (!box.add(file.at(-1)!) && !already) read = file.length - 1;
      };
      const send = () => {
        if (box.hungry) {
          const lines = file.slice(read, read + 3);
          read += lines.length;
          box.refill(lines, read === file.length);
        }
        const frame = conversation.frame();
        if (frame === HELLO) conversation.hear(welcome(stored.length));
        else
          for (const text of linesOf(frame)) {
            const { seq } = JSON.parse(text) as { seq: number };
            if (seq === stored.length + 1) stored.push(seq);
            else if (seq > stored.length) throw new Error(`gap before ${seq}`);
          }
      };
      const steps: Record<string, () => void> = {
        add,
        send,
        ack: () => void conversation.hear(ack(stored.length)),
        'lose answers': () => undefined,
        break: () => {
          conversation.closed(1006);
          conversation.opened();
        },
      };
      conversation.opened();
      for (const step of script) steps[step]();
      for (let i = 0; i < file.length + 5; i++) {
        send();
        conversation.hear(ack(stored.length));
      }
      expect(stored).toEqual(file.map(({ seq }) => seq));
      expect(box.empty).toBe(true);
    }),
    { seed: 1, numRuns: 300 },
  );
});

const log = (
  seq: number,
  values: object = { loss: seq / 3, ...(seq % 4 === 0 && { 'val/loss': 'NaN' }) },
) => ({
  seq,
  text: JSON.stringify({
    kind: 'log',
    seq,
    time: 1_790_000_000 + seq,
    step: seq,
    ...(seq % 7 === 0 && { epoch: seq }),
    values,
  }),
});
const agreed = (count: number) => JSON.stringify({ kind: 'series', run: 'r', writer: 'w', count });

function logs(last: number) {
  const box = new Outbox(HELLO, 'w');
  for (let seq = 1; seq <= last; seq++) box.add(log(seq));
  return box;
}

test('asks for ids when there is much to send, goes by text until they are agreed, and then by columns', () => {
  const box = logs(40);
  const conversation = greeted(box);
  conversation.hear(welcome());
  expect(conversation.frame()).toBe('{"kind":"series","first":0,"names":["loss","val/loss","epoch"]}');
  expect(linesOf(conversation.frame())).toHaveLength(40);
  conversation.hear(agreed(3));
  for (let seq = 41; seq <= 80; seq++) box.add(log(seq));
  box.add({ seq: 81, text: '{"kind":"note","seq":81,"text":"x"}' });
  const decoded = decodeLogFrame(conversation.frame() as Uint8Array, 3);
  expect(decoded).toMatchObject({ ok: true, frame: { seq: 41, numbered: true } });
  expect(conversation.frame()).toBe('{"kind":"note","seq":81,"text":"x"}');
  expect(conversation.frame()).toBeNull();
});

test('sends few lines as text, also when ids are agreed', () => {
  const box = logs(40);
  const conversation = greeted(box);
  conversation.hear(welcome());
  conversation.frame();
  conversation.frame();
  conversation.hear(agreed(3));
  box.add(log(41));
  expect(conversation.frame()).toBe(log(41).text);
});

function block(seq: number, name = 'a') {
  const [made] = blocksOf(
    new Map([[name, [0.1, null]]]),
    Float64Array.of(1, 2),
    new Float64Array(2),
    () => seq,
    String,
  );
  return { seq, text: textOf(made), block: made };
}

test('waits for ids before it sends a block', () => {
  const box = new Outbox(HELLO, 'w');
  for (const each of [line(1), block(2), block(3), log(4)]) box.add(each);
  const conversation = greeted(box);
  conversation.hear(welcome());
  box.take(1, 1e9);
  expect(conversation.frame()).toBe('{"kind":"series","first":0,"names":["a"]}');
  expect(conversation.frame()).toBeNull();
  conversation.hear(agreed(1));
  const decoded = [conversation.frame(), conversation.frame()].map((frame) =>
    decodeLogFrame(frame as Uint8Array, 1),
  );
  expect(decoded).toMatchObject([2, 3].map((seq) => ({ ok: true, frame: { seq, numbered: false } })));
  expect(conversation.frame()).toBe(log(4).text);
});

test('sends blocks as text where it gets no ids, whatever the reason', () => {
  for (const code of ['bad-kind', 'too-many-series', 'something-new']) {
    const box = new Outbox(HELLO, 'w');
    box.add(block(1));
    const conversation = greeted(box);
    conversation.hear(welcome());
    conversation.frame();
    expect(conversation.hear(JSON.stringify({ kind: 'error', code, message: 'no' }))).toHaveLength(
      code === 'something-new' ? 1 : 0,
    );
    expect(conversation.frame()).toBe(block(1).text);
  }
});

test('goes on by text, without a word, where the server knows no ids', () => {
  const box = logs(40);
  const conversation = greeted(box);
  conversation.hear(welcome());
  conversation.frame();
  expect(conversation.hear('{"kind":"error","code":"bad-kind","message":"kind: must be one of …"}')).toEqual(
    [],
  );
  conversation.frame();
  for (let seq = 41; seq <= 80; seq++) box.add(log(seq));
  expect(linesOf(conversation.frame())).toHaveLength(40);
});

test('warns of a quota and stays, whenever it comes', () => {
  const conversation = greeted(outbox(1));
  const quota = '{"kind":"error","code":"quota-points","message":"points: must be …"}';
  expect(conversation.hear(quota)).toMatchObject([{ kind: 'warning', lost: false }]);
  expect(conversation.refused).toBe(false);
});

test('every line is stored once, by text and by columns, whatever connections break and answers are lost', () => {
  const moves = fc.array(
    fc.constantFrom(
      ...'add add add add add new note block block send send send send send answer answer answer lose break'.split(
        ' ',
      ),
    ),
    { minLength: 30, maxLength: 200 },
  );
  let binary = 0;
  fc.assert(
    fc.property(moves, (script) => {
      const box = new Outbox(HELLO, 'w');
      const conversation = new Conversation([box], 2);
      const written: { seq: number; text: string }[] = [];
      const store = (lines: readonly { text: string }[]) => {
        const gate = gateState();
        const session = new Session(gate);
        keepIn(gate, session.take(`${HELLO}\n${lines.map(({ text }) => text).join('\n')}`).records);
        return pointsIn(gate);
      };
      const gate = gateState();
      let session = new Session(gate);
      let answers: string[] = [];
      const add = (content: (seq: number) => string) => {
        const seq = written.length + 1;
        const added = { seq, text: content(seq) };
        written.push(added);
        box.add(added);
      };
      const send = () => {
        const frame = conversation.frame();
        if (frame === null) return;
        if (typeof frame !== 'string') binary++;
        const taken = typeof frame === 'string' ? session.take(frame) : session.takeBinary(frame);
        keepIn(gate, taken.records);
        const received = gate.runs.get('r')?.writers.get('w')?.received;
        answers.push(
          ...taken.answers.map((answer) => JSON.stringify(answer)),
          ...taken.welcomes.map(() => welcome(received?.last, received?.missing())),
          ...taken.acks.map(() => ack(received?.last ?? 0)),
        );
      };
      const hear = () => {
        for (const answer of answers)
          for (const event of conversation.hear(answer)) throw new Error(JSON.stringify(event));
        answers = [];
      };
      const steps: Record<string, () => void> = {
        add: () => add((seq) => log(seq).text),
        block: () => {
          const seq = written.length + 1;
          const columns = new Map(
            Object.entries({ loss: [seq, null, 0.1], [`series ${seq % 5}`]: [NaN, 1, seq] }),
          );
          const steps = Float64Array.of(seq, seq, seq + 1);
          const [block] = blocksOf(columns, steps, Float64Array.of(1, 2, 3), () => seq, String);
          written.push({ seq, text: textOf(block) });
          box.add({ seq, text: textOf(block), block });
        },
        new: () => add((seq) => log(seq, { [`series ${seq % 5}`]: seq }).text),
        note: () => add((seq) => line(seq).text),
        send,
        // A frame that the network takes and loses: the connection breaks with it.
        lose: () => {
          conversation.frame();
          steps.break();
        },
        answer: hear,
        break: () => {
          answers = [];
          session = new Session(gate);
          conversation.closed(1006);
          conversation.opened();
        },
      };
      conversation.opened();
      for (const step of script) steps[step]();
      for (let i = 0; i < 20 && !box.empty; i++) {
        for (let k = 0; k < 10; k++) send();
        hear();
      }
      expect(pointsIn(gate)).toEqual(store(written));
      expect(box.empty).toBe(true);
    }),
    { seed: 1, numRuns: 300 },
  );
  expect(binary).toBeGreaterThan(50);
});

/** A gate as the server has it, and a store that keeps everything at once. */
function gateState() {
  return { limits: LIMITS, runs: new Map<string, StoredRun>(), intakes: new Map<string, Intake>(), now: () => 0, settings: () => [] }; // prettier-ignore
}

function keepIn({ runs }: ReturnType<typeof gateState>, records: readonly StoreRecord[]): void {
  for (const record of records) {
    if (record.kind === 'hello' && !runs.has('r')) runs.set('r', new StoredRun(record));
    runs.get('r')!.apply(record);
  }
}

function pointsIn({ runs }: ReturnType<typeof gateState>): string[] {
  return [...(runs.get('r')?.series.values() ?? [])]
    .flatMap(({ name, attempts }) =>
      [...attempts].flatMap(([attempt, columns]) => {
        const { steps, times, values } = columns.fresh(0)!;
        return [...steps].map((step, i) => [name, attempt, step, times[i], values[i]].join(' '));
      }),
    )
    .sort();
}
