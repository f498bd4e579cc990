import { expect, it } from 'vitest';
import { keepWire } from '../../client/kept-wire.ts';
import type { Wire } from '../../client/socket.ts';
import type { ViewFrame } from '../../shared/frames.ts';

const VIEW: ViewFrame = { kind: 'view', view: 1, runs: ['r'], width: 800 };

function start() {
  const sent: string[] = [];
  const heard: unknown[] = [];
  const wire: Wire = { onopen: null, onmessage: null, onclose: null, send: (text) => sent.push(text) };
  const kept = keepWire(wire, () => VIEW);
  const listen = (): void => {
    wire.onopen = () => heard.push('open');
    wire.onmessage = ({ data }) => heard.push(data);
    wire.onclose = ({ code }) => heard.push(code);
    kept.replay();
  };
  return { sent, heard, wire, kept, listen };
}

it('asks as soon as it is open, and hands on in order what came before somebody listened', () => {
  const { sent, heard, wire, kept, listen } = start();
  wire.onopen?.();
  wire.onmessage?.({ data: 'snapshot' });
  wire.onclose?.({ code: 4403, reason: 'token-missing' });
  expect(sent.map((text) => JSON.parse(text) as ViewFrame)).toEqual([VIEW]);
  expect(kept.asked).toEqual(VIEW);
  expect(heard).toEqual([]);
  listen();
  expect(heard).toEqual(['open', 'snapshot', 4403]);
  wire.onmessage?.({ data: 'later' });
  kept.replay();
  expect(heard).toEqual(['open', 'snapshot', 4403, 'later']);
});

it('asks for nothing where somebody listened before it was open', () => {
  const { sent, heard, wire, kept, listen } = start();
  listen();
  wire.onopen?.();
  expect(heard).toEqual(['open']);
  expect(sent).toEqual([]);
  expect(kept.asked).toBeNull();
});
