import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../../server/desk/message.ts';
import { openWebhooks, type Webhooks } from '../../../server/desk/webhooks.ts';
import { temporaryFolder } from '../../support/server.ts';

const notice: Notice = {
  event: 'opened',
  runName: 'a run',
  project: 'a project',
  finding: { id: 'f', run: 'r', detector: 'plateau', severity: 'warning', title: 'it is stuck', step: 1, epoch: null, evidence: {}, advice: [], time: 1 }, // prettier-ignore
};
let folder: ReturnType<typeof temporaryFolder>;
let webhooks: Webhooks;
/** What was sent, and how each is answered. */
let sent: { url: string; answer: (status: number) => void }[];
beforeEach(async () => {
  folder = temporaryFolder();
  sent = [];
  webhooks = await openWebhooks(join(folder.path, 'webhooks.json'), {
    now: () => 1,
    send: (url) => new Promise((resolve) => sent.push({ url, answer: resolve })),
  });
});
afterEach(() => {
  webhooks.close();
  folder.remove();
});
const add = (i: number) => webhooks.add({ name: `n${i}`, url: `https://one.example/${i}`, shape: 'json' });
const turn = () => new Promise(setImmediate);

describe('webhooks', () => {
  it('are as many as may be, also where they are added at once', async () => {
    const faults = await Promise.all(Array.from({ length: 55 }, (_, i) => add(i)));
    expect(faults.filter((fault) => fault?.code === 'too-many-webhooks')).toHaveLength(5);
    expect(webhooks.views()).toHaveLength(50);
  });

  it.each(['remove', 'disable'] as const)('are sent nothing more once somebody has said %s', async (what) => {
    await add(0);
    const [{ id }] = webhooks.views();
    for (let i = 0; i < 3; i++) webhooks.tell(notice);
    await turn();
    expect(sent).toHaveLength(1);
    if (what === 'remove') await webhooks.remove(id);
    else await webhooks.enable(id, false);
    sent[0].answer(200);
    await turn();
    expect(sent).toHaveLength(1);
  });

  it('are told of what comes after they are enabled again', async () => {
    await add(0);
    const [{ id }] = webhooks.views();
    webhooks.tell(notice);
    await turn();
    await webhooks.enable(id, false);
    await webhooks.enable(id, true);
    webhooks.tell(notice);
    await turn();
    expect(sent).toHaveLength(2);
  });
});
