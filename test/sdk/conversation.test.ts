import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Conversation } from '../../sdk/conversation.ts';
import { Outbox } from '../../sdk/outbox.ts';

const HELLO = '{"kind":"run","run":"r","writer":"w"}';
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
  expect([conversation.frame(), conversation.frame()].map((frame) => frame?.split('\n').length)).toEqual([
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
      const box = new Outbox(HELLO, 'w', { limits: { lines: 5, characters: 1e9 } });
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
          for (const text of frame?.split('\n') ?? []) {
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
