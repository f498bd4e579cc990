import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backtestCommand, type BacktestOptions } from '../../../server/backtest/command.ts';
import { randomFrom } from '../../support/random.ts';
import { temporaryFolder } from '../../support/server.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder.remove());

/** Runs of 100 epochs: validation of the first three turns up after epoch 40, that of the others goes on falling. */
function writeRuns(): void {
  const random = randomFrom(3);
  for (let run = 0; run < 5; run++) {
    const rows = Array.from({ length: 100 }, (_, epoch) => {
      const fall = 2 * Math.exp(-epoch / 25);
      const rise = run < 3 ? 0.02 * Math.max(0, epoch - 40) : 0;
      return [epoch, fall, 0.3 + fall + rise + 0.005 * (random() - 0.5)].join(',');
    });
    writeFileSync(join(folder.path, `run${run}.csv`), `epoch,train_loss,val_loss\n${rows.join('\n')}\n`);
  }
}

async function run(options: Partial<BacktestOptions> = {}) {
  const out: string[] = [];
  const errors: string[] = [];
  const defaults = { detector: 'best-epoch', set: [], runs: [], labels: null, json: true };
  const code = await backtestCommand([folder.path], {
    ...defaults,
    ...options,
    print: (text) => out.push(text),
    warn: (text) => errors.push(text),
  });
  return { code, out, errors, scores: () => out.map((line) => JSON.parse(line) as Record<string, number>) };
}

describe('tidemark backtest', () => {
  it('says how often it would have stopped, what that would have saved, and at which price', async () => {
    writeRuns();
    const { scores } = await run();
    expect(scores()).toHaveLength(1);
    expect(scores()[0]).toMatchObject({
      setting: {},
      runs: 5,
      fired: 3,
      kept: 1,
      meanRegret: 0,
      worstRegret: 0,
      falseAlarms: null,
    });
    // Of 500 epochs, those of three runs after their stops, somewhat behind epoch 40.
    expect(scores()[0].saved).toBeGreaterThan(0.15);
    expect(scores()[0].saved).toBeLessThan(0.36);
  });

  it('tries every combination of the values given, in either spelling', async () => {
    writeRuns();
    const { scores } = await run({ set: ['min_delta=0.03,1000', 'errors=4,8'] });
    expect(scores().map(({ setting }) => setting)).toEqual([
      { minDelta: 0.03, errors: 4 },
      { minDelta: 0.03, errors: 8 },
      { minDelta: 1000, errors: 4 },
      { minDelta: 1000, errors: 8 },
    ]);
    // A rise by a thousand times its level there never is: nothing is stopped, and nothing is saved.
    expect(scores()[2]).toMatchObject({ fired: 0, saved: 0, kept: 1 });
  });

  it('counts as false alarms the stops of runs that are labelled as ones to let go on', async () => {
    writeRuns();
    const labels = join(folder.path, 'labels.txt');
    writeFileSync(labels, 'run,stop\nrun0,true\nrun1,false\nrun3,false\n');
    expect((await run({ labels })).scores()[0].falseAlarms).toBe(1);
  });

  it('keeps to the runs it is told', async () => {
    writeRuns();
    expect((await run({ runs: ['run0', 'run4'] })).scores()[0]).toMatchObject({ runs: 2, fired: 1 });
  });

  it('prints a table for people', async () => {
    writeRuns();
    const { out } = await run({ json: false, set: ['errors=4'] });
    expect(out[0].split('\n')[0]).toMatch(/^setting +runs +fired +epochs saved +best kept +mean regret/);
    expect(out[0].split('\n')[1]).toMatch(/^errors=4 +5 +3 +\d+\.\d % +100\.0 % +0\.0 %/);
  });

  it.each([
    [{ detector: 'best' }, 'detector: must be one of'],
    [{ set: ['paitence=5'] }, 'best-epoch: parameter: must be one of'],
    [{ set: ['errors=x'] }, '--set: must be NAME=NUMBER,NUMBER,…, got errors=x'],
    [{ set: ['errors'] }, '--set: must be NAME=NUMBER,NUMBER,…, got errors'],
    [{ set: ['errors=-1'] }, 'best-epoch: errors: must be a number from 0 to 1000000000, got -1'],
  ])('refuses %j', async (options, message) => {
    writeRuns();
    const { code, errors } = await run(options);
    expect(code).toBe(2);
    expect(errors[0]).toContain(message);
  });
});
