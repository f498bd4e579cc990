import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diagnoseCommand, type DiagnoseOptions } from '../../../server/diagnose/command.ts';
import { randomFrom } from '../../support/random.ts';
import { temporaryFolder } from '../../support/server.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder.remove());

const random = randomFrom(7);
const noise = () => 0.01 * (random() + random() - 1);
const curve = (name: string, loss: (epoch: number) => [number | string, number | string], epochs = 120) => {
  const rows = Array.from({ length: epochs }, (_, epoch) => [epoch, ...loss(epoch)].join(','));
  writeFileSync(join(folder.path, name), `epoch,train_loss,val_loss\n${rows.join('\n')}\n`);
};
const falling = (epoch: number) => 0.2 + 2 * (epoch + 1) ** -0.5;
const overfit = (epoch: number): [number, number] => [
  2 * Math.exp(-epoch / 20) + noise(),
  0.6 + 1.5 * Math.exp(-epoch / 12) + 0.012 * Math.max(0, epoch - 40) + noise(),
];

async function run(paths: readonly string[], options: Partial<DiagnoseOptions> = {}) {
  const out: string[] = [];
  const errors: string[] = [];
  const code = await diagnoseCommand(paths, {
    json: true,
    failOn: 'critical',
    print: (text) => out.push(text),
    warn: (text) => errors.push(text),
    ...options,
  });
  return { code, out, errors, objects: () => out.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('tidemark diagnose', () => {
  it('says of an overfitting run which epoch was best and when to stop', async () => {
    curve('big.csv', overfit);
    const { code, objects } = await run([folder.path]);
    expect(code).toBe(0);
    const finding = objects().find(({ detector }) => detector === 'best-epoch')!;
    expect(Object.keys(finding)).toEqual([
      'kind',
      'run',
      'detector',
      'severity',
      'series',
      'from',
      'step',
      'status',
      'title',
      'evidence',
      'advice',
    ]);
    expect(finding).toMatchObject({
      kind: 'finding',
      run: 'big',
      series: ['val_loss', 'train_loss'],
      status: 'open',
    });
    const verdict = objects().at(-1)!;
    expect(Object.keys(verdict)).toEqual(['kind', 'run', 'verdict', 'cause', 'best', 'stop']);
    expect(verdict).toMatchObject({ kind: 'verdict', run: 'big', cause: 'best-epoch', stop: finding.step });
    const { step } = verdict.best as { step: number };
    expect(step).toBeGreaterThan(25);
    expect(step).toBeLessThan(55);
    expect(finding.step).toBeGreaterThan(step);
  });

  it('is content with a healthy run', async () => {
    curve('fine.csv', (epoch) => [falling(epoch) + noise(), falling(epoch) + 0.05 + noise()]);
    const { code, objects } = await run([folder.path], { failOn: 'warning' });
    expect(code).toBe(0);
    expect(objects().at(-1)).toMatchObject({ run: 'fine', cause: null, stop: null });
  });

  it('exits with 1 for a critical finding, unless told otherwise', async () => {
    curve('nan.csv', (epoch) => [epoch < 60 ? falling(epoch) : 'nan', epoch < 60 ? falling(epoch) : 'nan']);
    expect((await run([folder.path])).code).toBe(1);
    expect((await run([folder.path], { failOn: 'never' })).code).toBe(0);
  });

  it('exits with 2 for what it cannot use, and diagnoses the rest', async () => {
    curve('fine.csv', (epoch) => [falling(epoch), falling(epoch)]);
    writeFileSync(join(folder.path, 'notes.csv'), 'a,b\n1,2\n');
    const { code, errors, objects } = await run([folder.path, join(folder.path, 'none')]);
    expect(code).toBe(2);
    expect(errors).toEqual([
      `${join(folder.path, 'notes.csv')}: columns: must include step or epoch, got a, b`,
      `${join(folder.path, 'none')}: must be a file or a folder, but there is nothing`,
    ]);
    expect(objects().filter(({ kind }) => kind === 'verdict')).toHaveLength(1);
  });

  it('finds files in folders below', async () => {
    mkdirSync(join(folder.path, 'sweep'));
    curve('sweep/a.csv', overfit);
    curve('b.csv', overfit);
    const { objects } = await run([folder.path]);
    expect(
      objects()
        .filter(({ kind }) => kind === 'verdict')
        .map(({ run: name }) => name),
    ).toEqual(['b', 'a']);
  });

  it('shows people the verdict, the curve and what to do', async () => {
    curve('big.csv', overfit);
    const { out } = await run([folder.path], { json: false });
    expect(out[0]).toMatch(/^big: Best epoch was \d+: stop$/m);
    expect(out[0]).toMatch(/val_loss █[▁▂▃▄▅▆▇█]{31} last \S+, best \S+ at step \d+/);
    expect(out[0]).toMatch(/▲ Validation loss has risen .*\(warning, best-epoch, said at step \d+\)\n {6}– /);
    expect(out[0]).toMatch(/^ {6}docs\/detectors\.md#best-epoch$/m);
  });
});
