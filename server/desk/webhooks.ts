import { randomUUID } from 'node:crypto';
import { firstValueFrom, of, Subject, takeUntil, tap } from 'rxjs';
import type { WebhookRequest, WebhookShape, WebhookView } from '../../shared/desk.ts';
import { fault, type Fault } from '../../shared/errors.ts';
import { deliver, type Outcome, type Send, sendByHttp } from './delivery.ts';
import { openDocument } from './document.ts';
import { type Message, messageOf, type Notice } from './message.ts';

/** The targets that people have set for alerts, and what is on its way to them. */
export interface Webhooks {
  /** As they may be shown. */
  views(): readonly WebhookView[];
  /** Resolves when it is kept, with the fault when it cannot be. */
  add(request: WebhookRequest): Promise<Fault | null>;
  enable(id: string, enabled: boolean): Promise<Fault | null>;
  remove(id: string): Promise<Fault | null>;
  /** Sends a made-up alert, and resolves with what became of it after one try. */
  test(id: string): Promise<Outcome | Fault>;
  /** Sends a notice to every target that is enabled. */
  tell(notice: Notice): void;
  close(): void;
}

interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly shape: WebhookShape;
  readonly secret: string | null;
  readonly enabled: boolean;
}

/** Webhooks kept, and messages that wait for one of them; beyond it the newest is dropped, and counted as failed. */
const MOST = 50;
const MOST_WAITING = 200;

interface Line {
  readonly messages: Subject<Message>;
  /** Emits when nothing more is to go to the target. */
  readonly gone: Subject<void>;
  waiting: number;
}

/** @param now seconds since 1970 */
export async function openWebhooks(
  path: string,
  { now, send = sendByHttp }: { readonly now: () => number; readonly send?: Send },
): Promise<Webhooks> {
  const kept = await openDocument<{ readonly webhooks: readonly Webhook[] }>(path, { webhooks: [] });
  const lines = new Map<string, Line>();
  const last = new Map<string, Outcome & { time: number }>();
  const note = (id: string, outcome: Outcome) => last.set(id, { ...outcome, time: now() });

  const lineTo = ({ id, url, secret }: Webhook): Line => {
    let line = lines.get(id);
    if (line) return line;
    const messages = new Subject<Message>();
    const gone = new Subject<void>();
    lines.set(id, (line = { messages, gone, waiting: 0 }));
    const opened = line;
    messages
      .pipe(
        deliver({ url, secret }, { send, now }),
        tap((outcome) => {
          opened.waiting--;
          note(id, outcome);
        }),
        takeUntil(gone),
      )
      .subscribe();
    return line;
  };
  const find = (id: string) => kept.content.webhooks.find((one) => one.id === id);
  const missing = (id: string) =>
    fault('webhook-not-found', { field: 'webhook', rule: 'one of this server', value: id });
  const change = async (make: (webhooks: readonly Webhook[]) => readonly Webhook[]) =>
    kept.change(({ webhooks }) => ({ webhooks: make(webhooks) }));
  /** What waits for the target is dropped. */
  const end = (id: string) => {
    lines.get(id)?.gone.next();
    lines.delete(id);
  };

  return {
    views: () =>
      kept.content.webhooks.map(({ id, name, url, shape, secret, enabled }) => ({
        id,
        name,
        shape,
        address: masked(url),
        signed: secret !== null,
        enabled,
        last: last.get(id) ?? null,
      })),
    async add({ name, url, shape, secret = null }) {
      const wrong = wrongAddress(url);
      if (wrong) return wrong;
      const webhook: Webhook = { id: randomUUID(), name, url, shape, secret, enabled: true };
      // Looked at where it is changed: others may be added at the same time.
      await change((webhooks) => (webhooks.length < MOST ? [...webhooks, webhook] : webhooks));
      if (find(webhook.id)) return null;
      return fault('too-many-webhooks', { field: 'webhook', rule: `one of at most ${MOST}` });
    },
    async enable(id, enabled) {
      if (!find(id)) return missing(id);
      await change((webhooks) => webhooks.map((one) => (one.id === id ? { ...one, enabled } : one)));
      if (!enabled) end(id);
      return null;
    },
    async remove(id) {
      if (!find(id)) return missing(id);
      await change((webhooks) => webhooks.filter((one) => one.id !== id));
      end(id);
      last.delete(id);
      return null;
    },
    async test(id) {
      const webhook = find(id);
      if (!webhook) return missing(id);
      const message = messageOf(exampleAt(now()), webhook.shape);
      const outcome = await firstValueFrom(of(message).pipe(deliver(webhook, { send, now, tries: 1 })));
      note(id, outcome);
      return outcome;
    },
    tell(notice) {
      for (const webhook of kept.content.webhooks) {
        if (!webhook.enabled) continue;
        const line = lineTo(webhook);
        if (line.waiting >= MOST_WAITING) {
          note(webhook.id, {
            ok: false,
            message: `more than ${MOST_WAITING} messages wait; one was dropped`,
          });
          continue;
        }
        line.waiting++;
        line.messages.next(messageOf(notice, webhook.shape));
      }
    },
    close: () => [...lines.keys()].forEach(end),
  };
}

/** The fault of an address that is none, or is not of http or https. */
function wrongAddress(text: string): Fault | null {
  let url: URL | null = null;
  try {
    url = new URL(text);
  } catch {
    // Not an address at all.
  }
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && !url.username && !url.password)
    return null;
  return fault('bad-webhook', {
    field: 'url',
    rule: 'an http or https address, without a name or password in it',
    // Never the whole of it: it may hold a secret.
    value: url ? url.protocol : 'none',
  });
}

/** The address without what may be secret in it: only where it goes, and its end to tell it by. */
function masked(text: string): string {
  const url = new URL(text);
  const rest = `${url.pathname}${url.search}`;
  return rest.length <= 1 ? url.origin : `${url.origin}/…${rest.slice(-Math.min(4, rest.length - 1))}`;
}

function exampleAt(time: number): Notice {
  return {
    event: 'test',
    runName: 'a run',
    project: 'a project',
    finding: {
      id: 'test',
      run: 'test',
      detector: 'best-epoch',
      severity: 'warning',
      title: 'This is a test from Tidemark: alerts will look like this',
      step: 1_000,
      epoch: 10,
      evidence: {},
      advice: ['Nothing to do'],
      time,
    },
  };
}
