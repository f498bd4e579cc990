import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Ack } from '../../shared/answers.ts';
import type { Finding } from '../../shared/finding.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';

let folder: ReturnType<typeof temporaryFolder>;
let app: Awaited<ReturnType<typeof startApp>>;
beforeEach(async () => {
  folder = temporaryFolder();
  app = await startApp(folder.path);
});
afterEach(async () => {
  await app.close();
  folder.remove();
});

interface Said {
  run: { points: number };
  findings: Finding[];
  notes: object[];
}
const said = async () =>
  (await app.http.inject({ url: '/api/runs/r', headers: { host: 'localhost' } })).json<Said>();

it('a script that alerts and notes in a loop is refused what is too much, and trains on', async () => {
  const { alertsPerRun, textPerRun } = LIMITS;
  const trainer = await Client.open(`${app.url}/api/trainer`);
  trainer.send({ kind: 'run', protocol: 1, run: 'r', writer: 'w' });
  const loops = 2 * alertsPerRun;
  const note = 'x'.repeat(textPerRun / 500);
  let refused = 0;
  for (let i = 0; i < loops; i += 100) {
    const lines = Array.from({ length: 100 }, (_, k) => {
      const seq = 3 * (i + k);
      return [
        { kind: 'alert', seq: seq + 1, title: `loss is high at ${i + k}` },
        { kind: 'note', seq: seq + 2, text: note },
        { kind: 'log', seq: seq + 3, step: i + k, values: { speed: 1 } },
      ];
    });
    trainer.send(...lines.flat());
    await trainer.until((answer) => {
      if (answer.kind === 'error') refused++;
      return answer.kind === 'ack' && (answer as unknown as Ack).seq === 3 * (i + 100);
    });
  }
  expect(refused).toBe(loops - alertsPerRun + loops - 500);
  const kept = { points: loops, alerts: alertsPerRun, notes: 500 };
  const counts = ({ run, findings, notes }: Said) => ({
    points: run.points,
    alerts: findings.filter(({ detector }) => detector === 'trainer').length,
    notes: notes.length,
  });
  expect(counts(await said())).toEqual(kept);
  await app.close();
  // Under a lower limit it is opened as it was.
  app = await startApp(folder.path, { limits: { ...LIMITS, alertsPerRun: 10, notesPerRun: 10 } });
  expect(counts(await said())).toEqual(kept);
});
