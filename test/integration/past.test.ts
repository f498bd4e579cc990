import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../shared/finding.ts';
import type { RunState, SnapshotFrame } from '../../shared/frames.ts';
import type { Past } from '../../shared/past.ts';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';

const folder = temporaryFolder();
let app: Awaited<ReturnType<typeof startApp>>;

/** What a viewer was told of the run when its trainer stood at a step of an attempt. */
interface Told {
  readonly attempt: number;
  readonly step: number;
  readonly run: RunState;
  readonly findings: readonly Finding[];
}

/** Everything a run may come to: a turn, a series set otherwise on the way, a resume, NaN, an end. */
const LINES: readonly object[] = (() => {
  let seed = 3;
  const shake = () => 1 + 0.02 * ((seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647 - 0.5);
  const at = (step: number, late: boolean) => {
    const fall = 2 * Math.exp(-step / 60) * shake();
    const turned = 0.3 + fall + 0.02 * Math.max(0, step / 4 - 40) * shake();
    return {
      kind: 'log',
      step,
      time: 1_790_000_000 + step + (late ? 500 : 0),
      values: {
        'train/loss': late && step > 420 ? 'NaN' : fall,
        ...(step % 4 === 3 && { 'val/loss': turned, epoch: (step + 1) / 4 }),
      },
    };
  };
  const first = Array.from({ length: 400 }, (_, step) => at(step, false));
  const resumed = Array.from({ length: 180 }, (_, i) => at(300 + i, true));
  return [
    ...first.slice(0, 100),
    { kind: 'setting', detector: 'best-epoch', enabled: false },
    ...first.slice(100, 200),
    { kind: 'alert', title: 'The script says so itself', level: 'warning' },
    ...first.slice(200, 360),
    { kind: 'setting', detector: 'best-epoch', enabled: true },
    ...first.slice(360),
    ...resumed,
    { kind: 'end', status: 'failed', reason: 'loss is NaN' },
  ];
})();

const told: Told[] = [];

beforeAll(async () => {
  app = await startApp(folder.path, { segmentBytes: 12_000 });
  const trainer = await Client.open(`${app.url}/api/trainer`);
  trainer.send({ kind: 'run', protocol: 1, run: 'r', writer: 'w', config: { classes: 10 } });
  await trainer.kind('welcome');
  let seq = 0;
  for (let from = 0; from < LINES.length;) {
    // Frames of uneven length, none of which crosses a resume.
    const part = LINES.slice(from, from + 1 + ((from * 7) % 23)).map((line) => ({ ...line, seq: ++seq }));
    from += part.length;
    trainer.send(...part);
    await trainer.until(({ kind, seq: to }) => kind === 'ack' && Number(to) >= seq);
    await app.idle();
    const viewer = await Client.open(`${app.url}/api/viewer`);
    const { runs, findings } = await viewer.kind<SnapshotFrame>('snapshot');
    await viewer.close();
    const [run] = runs;
    told.push({ attempt: run.attempt, step: run.step!, run, findings });
  }
}, 60_000);
afterAll(async () => {
  await app.close();
  folder.remove();
});

const past = async (step: number | string) => {
  const answer = await app.http.inject({
    url: `/api/runs/r/asof?step=${step}`,
    headers: { host: 'localhost' },
  });
  return { status: answer.statusCode, body: answer.json<Past>() };
};
const byId = (findings: readonly Finding[]) => [...findings].sort((a, b) => a.id.localeCompare(b.id));

/** Steps that a later attempt went through again are told as that attempt had them. */
const lastTold = () =>
  told.filter(
    ({ attempt, step }, i) =>
      !told.slice(i + 1).some((later) => later.attempt === attempt && later.step === step) &&
      (attempt === 1 || step < 300),
  );

async function expectAllAsTold(order: (all: Told[]) => Told[]): Promise<void> {
  for (const { step, attempt, run, findings } of order(lastTold())) {
    const { body } = await past(step);
    expect({ step, attempt: body.attempt, verdict: body.verdict, best: body.best, loss: body.loss }).toEqual({
      step,
      attempt,
      verdict: run.verdict,
      best: run.best,
      loss: run.loss,
    });
    expect([body.step, body.epoch, body.points]).toEqual([run.step, run.epoch, run.points]);
    expect(byId(body.findings), `findings as of step ${step}`).toEqual(byId(findings));
    expect(body.damaged).toEqual([]);
  }
}

describe('what is told as of a step', () => {
  it('is what a viewer was told when the trainer stood there, forwards and backwards', async () => {
    const verdicts = new Set(told.map(({ run }) => run.verdict));
    const findings = told.flatMap((one) => one.findings.map(({ id, status }) => `${id} ${status}`));
    expect(verdicts.size).toBeGreaterThan(5);
    expect(new Set(findings).size).toBeGreaterThan(3);
    await expectAllAsTold((all) => all);
    await expectAllAsTold((all) => all.toReversed());
  }, 60_000);

  it('is the same when the server has started anew', async () => {
    await app.close();
    app = await startApp(folder.path, { segmentBytes: 12_000 });
    await expectAllAsTold((all) => all.filter((_, i) => i % 5 === 0));
  }, 60_000);

  it('is nothing before the first step, and all there is after the last', async () => {
    expect((await past(-1)).body).toMatchObject({ step: null, verdict: '', best: null, findings: [] });
    const { body } = await past(1e9);
    expect(body.verdict).toBe(told.at(-1)!.run.verdict);
    expect(byId(body.findings)).toEqual(byId(told.at(-1)!.findings));
  });

  it('wants a step, of a run that there is', async () => {
    expect(await past('soon')).toMatchObject({ status: 400, body: { field: 'step' } });
    const answer = await app.http.inject({
      url: '/api/runs/nobody/asof?step=1',
      headers: { host: 'localhost' },
    });
    expect(answer.statusCode).toBe(404);
  });
});
