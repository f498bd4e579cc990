import { expect, it } from 'vitest';
import { keepWire } from '../../client/kept-wire.ts';
import type { Wire } from '../../client/socket.ts';
import type { ViewFrame } from '../../shared/frames.ts';

const VIEW: ViewFrame = { kind: 'view', view: 1, runs: ['r'], width: 800 };

it('hands on in order what came before somebody listened, once', () => {
  const heard: unknown[] = [];
  const wire: Wire = { onopen: null, onmessage: null, onclose: null, send: () => undefined };
  const kept = keepWire(wire, VIEW);
  wire.onopen?.();
  wire.onmessage?.({ data: 'snapshot' });
  wire.onclose?.({ code: 4403, reason: 'token-missing' });
  expect(kept.asked).toEqual(VIEW);
  wire.onopen = () => heard.push('open');
  wire.onmessage = ({ data }) => heard.push(data);
  wire.onclose = ({ code }) => heard.push(code);
  expect(heard).toEqual([]);
  kept.replay();
  expect(heard).toEqual(['open', 'snapshot', 4403]);
  wire.onmessage({ data: 'later' });
  kept.replay();
  expect(heard).toEqual(['open', 'snapshot', 4403, 'later']);
});
