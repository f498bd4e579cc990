import {
  appendFileSync,
  cpSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../../server/app.ts';
import { Delivery } from '../../../server/tail/delivery.ts';
import { Marks } from '../../../server/tail/marks.ts';
import { Watch } from '../../../server/tail/watch.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { startApp } from '../../support/app.ts';
import { eventFile, type Scalar } from '../../support/event-file.ts';
import { temporaryFolder } from '../../support/server.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/tail');
const OLD = join(FIXTURES, 'tensorboard-torch/old');
const FIRST = 'events.out.tfevents.1700000000.host.1.0';
const SECOND = 'events.out.tfevents.1700001000.host.2.0';

let folder: ReturnType<typeof temporaryFolder>;
let root: string;
let app: App & { url: string };
let watch: Watch;
let delivery: Delivery;
let warnings: string[];
/** Milliseconds since 1970: stands still but where a test moves it. */
let clock: number;

beforeEach(async () => {
  folder = temporaryFolder();
  root = join(folder.path, 'runs');
  mkdirSync(root);
  app = await startApp(join(folder.path, 'data'));
  warnings = [];
  clock = Date.now();
  start();
});
afterEach(async () => {
  delivery.close();
  await app.close();
  folder.remove();
});

/** Starts watching, as a new process would. */
function start({ marks = true } = {}): void {
  delivery = new Delivery({ url: app.url, token: null, warn: (text) => warnings.push(text) });
  if (!marks) rmSync(join(folder.path, 'marks.json'), { force: true });
  watch = new Watch({
    roots: [root],
    delivery,
    marks: new Marks(join(folder.path, 'marks.json')),
    known: async () => new Set((await runs()).map(({ run }) => run)),
    quietMs: 15 * 60_000,
    warn: (text) => warnings.push(text),
    now: () => clock,
  });
}

function restart(options?: { marks: boolean }): void {
  delivery.close();
  start(options);
}

/** A look at everything, the folders included. */
async function look(): Promise<void> {
  clock += 5_000;
  await watch.look();
}

interface RunState {
  run: string;
  project: string;
  name: string;
  status: string;
  reason: string;
  points: number;
  attempt: number;
  missing: number;
  config: object;
}

async function get<T>(path: string): Promise<T> {
  return (await app.http.inject(path)).json();
}

async function runs(): Promise<RunState[]> {
  return (await get<{ runs: RunState[] }>('/api/runs')).runs;
}

/** The only run. */
async function only(): Promise<RunState> {
  const all = await runs();
  expect(all.map(({ name }) => name)).toHaveLength(1);
  return all[0];
}

/** Steps and values of a series of the only run, by attempt. */
async function series(name: string): Promise<[number, unknown][][]> {
  const { run } = await only();
  const answer = await get<{ attempts?: { steps: number[]; values: unknown[] }[] }>(
    `/api/runs/${run}/points?series=${encodeURIComponent(name)}`,
  );
  return (answer.attempts ?? []).map(({ steps, values }) => steps.map((step, i) => [step, values[i]]));
}

const steps = async (name: string) => (await series(name)).map((attempt) => attempt.map(([step]) => step));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** How many binary frames the server has had. */
async function binaryFrames(): Promise<number> {
  const metrics = (await app.http.inject('/metrics')).body;
  return Number(/ingest_frames_total\{form="binary"\} (\d+)/.exec(metrics)?.[1]);
}

/** Writes a file in pieces, with a look after each. */
async function grow(path: string, bytes: Buffer, size: number): Promise<void> {
  for (let from = 0; from < bytes.length; from += size) {
    appendFileSync(path, bytes.subarray(from, from + size));
    await look();
  }
}

describe('a watched folder', () => {
  it('follows an event file as it grows, each point once, torn or not', async () => {
    mkdirSync(join(root, 'exp'));
    await grow(join(root, 'exp', FIRST), readFileSync(join(OLD, FIRST)), 333);
    expect(await steps('train/loss')).toEqual([range(0, 21)]);
    expect(await steps('val/loss')).toEqual([[4, 9, 14, 19]]);
    expect((await series('train/loss'))[0].at(-1)).toEqual([20, 'NaN']);
    expect(await only()).toMatchObject({ project: 'runs', name: 'exp', status: 'running', missing: 0 });
    const { findings } = await get<{ findings: { detector: string }[] }>(`/api/runs/${(await only()).run}`);
    expect(findings.map(({ detector }) => detector)).toContain('non-finite');
    expect(warnings).toEqual([]);
  });

  it('takes a second event file whose steps go back as another attempt', async () => {
    cpSync(OLD, join(root, 'exp'), { recursive: true });
    await look();
    expect(await steps('train/loss')).toEqual([range(0, 21), range(10, 15)]);
    expect((await only()).attempt).toBe(1);
  });

  it('doubles nothing and loses nothing over restarts, its marks kept or lost', async () => {
    const path = join(root, 'exp', FIRST);
    const bytes = readFileSync(join(OLD, FIRST));
    mkdirSync(join(root, 'exp'));
    for (let from = 0, marks = true; from < bytes.length; from += 700, marks = !marks) {
      appendFileSync(path, bytes.subarray(from, from + 700));
      await look();
      restart({ marks });
    }
    copyFileSync(join(OLD, SECOND), join(root, 'exp', SECOND));
    await look();
    expect(await steps('train/loss')).toEqual([range(0, 21), range(10, 15)]);
    expect((await only()).missing).toBe(0);
  });

  /** What a training of so many steps writes: three series, a validation each hundred steps, by epoch. */
  const training = (begin: number, end: number, time: number): Scalar[] =>
    range(begin, end).flatMap((step) => {
      const at = time + step / 10;
      const scalars = ['train/loss', 'lr', 'grad_norm'].map((tag, i) => {
        const value = Math.fround(i + 1 / (step + 1));
        return { tag, step, value: step === 77 && i === 2 ? NaN : value, time: at };
      });
      const epoch = { tag: 'val/loss', step: step / 100, value: 1, time: at };
      return step % 100 === 99 ? [...scalars, { ...epoch, step: (step + 1) / 100 }] : scalars;
    });

  it('brings thousands of points at once, over a cut connection and restarts, as one by one', async () => {
    // A step that no line may have, and a scalar without a time, amid the others.
    const odd = [
      { tag: 'lr', step: 2 ** 60, value: 1, time: 1.7e9 },
      { tag: 'notime', step: 5, value: 2, time: 0 },
    ];
    const bytes = eventFile([...training(0, 3000, 1.7e9), ...odd, ...training(2000, 4000, 1.7e9 + 1000)]);
    const path = join(root, 'exp', FIRST);
    mkdirSync(join(root, 'exp'));
    for (const [from, to] of [0, 0.3, 0.6, 1].map((part) => Math.floor(part * bytes.length)).entries()) {
      if (from === 0) continue;
      const before = Math.floor([0, 0.3, 0.6][from - 1] * bytes.length);
      appendFileSync(path, bytes.subarray(before, to));
      const looking = look();
      // The connection goes while frames are on their way.
      if (from === 2) delivery.close();
      await looking;
      restart({ marks: from === 1 });
      await look();
    }
    expect(await steps('train/loss')).toEqual([range(0, 3000), range(2000, 4000)]);
    expect(await steps('val/loss')).toEqual([range(1, 31), range(21, 41)]);
    expect((await series('grad_norm'))[0][77]).toEqual([77, 'NaN']);
    expect((await series('grad_norm'))[1][5]).toEqual([2005, Math.fround(2 + 1 / 2006)]);
    expect(await steps('notime')).toEqual([[5]]);
    const expected = 5000 * 3 + 50 + 1;
    expect(await only()).toMatchObject({ points: expected, attempt: 1, missing: 0 });
    expect(warnings.join()).toContain('step');
  });

  it('sends what is much as binary frames', async () => {
    mkdirSync(join(root, 'exp'));
    writeFileSync(join(root, 'exp', FIRST), eventFile(training(0, 1000, 1.7e9)));
    await look();
    expect(await binaryFrames()).toBeGreaterThan(0);
  });

  it('loses nothing of the series that a run may have when it may have no more of them', async () => {
    await app.close();
    app = await startApp(join(folder.path, 'limited'), { limits: { ...LIMITS, seriesPerRun: 3 } });
    restart();
    const path = join(root, 'exp', FIRST);
    mkdirSync(join(root, 'exp'));
    const rounds = (tags: readonly string[], from: number, to: number) =>
      eventFile(
        range(from, to).flatMap((step) =>
          tags.map((tag) => ({ tag, step, value: step, time: 1.7e9 + step })),
        ),
      );
    writeFileSync(path, rounds(['a', 'b', 'c'], 0, 100));
    await look();
    expect(await binaryFrames()).toBe(1);
    appendFileSync(path, rounds(['a', 'b', 'c', 'd', 'e'], 100, 200));
    await look();
    appendFileSync(path, rounds(['a', 'b'], 200, 300));
    await look();
    expect(await binaryFrames()).toBe(1);
    expect(await steps('a')).toEqual([range(0, 300)]);
    expect(await steps('c')).toEqual([range(0, 200)]);
    expect(await steps('d')).toEqual([]);
    expect(await only()).toMatchObject({ points: 800, missing: 0 });
    expect(warnings.join('\n')).toContain('one of at most 3 series');
    restart({ marks: false });
    await look();
    expect(await only()).toMatchObject({ points: 800, missing: 0 });
  });

  it('goes on where it was when the server comes back', async () => {
    const bytes = readFileSync(join(OLD, FIRST));
    mkdirSync(join(root, 'exp'));
    writeFileSync(join(root, 'exp', FIRST), bytes.subarray(0, 1000));
    await look();
    const { port } = new URL(app.url);
    await app.close();
    appendFileSync(join(root, 'exp', FIRST), bytes.subarray(1000));
    app = await startApp(join(folder.path, 'data'), { port: Number(port) });
    while ((await runs())[0].points < 25) await look();
    expect(await steps('train/loss')).toEqual([range(0, 21)]);
  });

  it('shows Keras’ train and validation folders as one run, in the order of time', async () => {
    cpSync(join(FIXTURES, 'tensorboard-keras'), root, { recursive: true });
    await look();
    expect(await only()).toMatchObject({ name: 'fit', attempt: 0 });
    expect(await steps('train/epoch_loss')).toEqual([[0, 1, 2, 3]]);
    expect(await steps('validation/epoch_loss')).toEqual([[0, 1, 2, 3]]);
  });

  it('takes hyper-parameters as the config of the run they are below', async () => {
    cpSync(join(FIXTURES, 'tensorboard-torch/new'), join(root, 'exp'), { recursive: true });
    await look();
    expect(await only()).toMatchObject({ name: 'exp', config: { lr: 0.1, optimizer: 'sgd' } });
  });

  it('doubles nothing when Lightning writes metrics.csv anew with more columns', async () => {
    mkdirSync(join(root, 'version_0'));
    for (const epoch of [0, 1, 2, 3]) {
      const written = join(FIXTURES, `lightning/epoch-${epoch}.csv.txt`);
      // Between the two steps of being written anew the file is empty, then has fewer rows.
      writeFileSync(join(root, 'version_0/metrics.csv'), '');
      await look();
      writeFileSync(join(root, 'version_0/metrics.csv'), readFileSync(written).subarray(0, 150));
      await look();
      copyFileSync(written, join(root, 'version_0/metrics.csv'));
      await look();
      if (epoch === 1) restart();
    }
    expect(await steps('val_loss')).toEqual([[7, 15, 23, 31]]);
    expect((await steps('train_loss'))[0]).toHaveLength(16);
    expect(await only()).toMatchObject({ name: 'version_0', attempt: 0 });
  });

  it('takes a CSV that was begun anew as another attempt', async () => {
    const path = join(root, 'log.csv');
    writeFileSync(path, 'epoch,loss\n0,3\n1,2\n2,1\n');
    await look();
    restart();
    writeFileSync(path, 'epoch,loss\n0,3\n');
    for (let i = 0; i < 11; i++) await look();
    appendFileSync(path, '1,2.5\n2,1.5\n');
    await look();
    expect((await series('loss')).map((attempt) => attempt.map(([, value]) => value))).toEqual([
      [3, 2, 1],
      [3, 2.5, 1.5],
    ]);
  });

  it('follows a Trainer’s checkpoints as one history, and says when it is over', async () => {
    const from = join(FIXTURES, 'trainer-state');
    cpSync(join(from, 'checkpoint-20'), join(root, 'out/checkpoint-20'), { recursive: true });
    await look();
    expect(await steps('eval/loss')).toEqual([[10, 20]]);
    expect((await only()).status).toBe('running');
    // The oldest checkpoints are deleted as new ones come.
    cpSync(join(from, 'checkpoint-40'), join(root, 'out/checkpoint-40'), { recursive: true });
    rmSync(join(root, 'out/checkpoint-20'), { recursive: true });
    await look();
    restart();
    copyFileSync(join(from, 'trainer_state.json'), join(root, 'out/trainer_state.json'));
    await look();
    expect(await steps('eval/loss')).toEqual([[10, 20, 30, 40]]);
    expect(await only()).toMatchObject({ name: 'out', status: 'finished', attempt: 0 });
  });

  it('takes a Trainer resumed from a checkpoint as another attempt', async () => {
    const history = (entries: number[][]) => {
      const log_history = entries.map(([step, loss]) => ({ step, epoch: step / 10, loss }));
      mkdirSync(join(root, 'out'), { recursive: true });
      writeFileSync(join(root, 'out/trainer_state.json'), JSON.stringify({ log_history, max_steps: 99 }));
    };
    history([[10, 3], [20, 2], [30, 1]]); // prettier-ignore
    await look();
    history([[10, 3], [20, 2], [30, 1.5], [40, 1.2]]); // prettier-ignore
    await look();
    expect((await series('train/loss')).map((attempt) => attempt.map(([, value]) => value))).toEqual([
      [3, 2, 1],
      [3, 2, 1.5, 1.2],
    ]);
  });

  it('imports a W&B run under its own name and project', async () => {
    cpSync(join(FIXTURES, 'wandb'), join(root, 'offline-run-1'), { recursive: true });
    await look();
    expect(await only()).toMatchObject({ name: 'mlp', project: 'digits', status: 'finished', points: 52 });
  });

  it('takes Tidemark’s own lines for the run they name', async () => {
    const file = [
      { kind: 'run', protocol: 1, run: 'mine', writer: 'w', project: 'p' },
      { kind: 'log', step: 0, values: { loss: 2 } },
      { kind: 'log', step: 1, values: { loss: 1 } },
      { kind: 'end', status: 'stopped' },
    ];
    writeFileSync(join(root, 'spool.jsonl'), file.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await look();
    restart();
    await look();
    expect(await only()).toMatchObject({ run: 'mine', project: 'p', status: 'stopped', points: 2 });
  });

  it('counts a run as finished after a silence, and as running when there is more', async () => {
    const path = join(root, 'a.csv');
    writeFileSync(path, 'step,loss\n1,2\n');
    utimesSync(path, clock / 1000, clock / 1000);
    await look();
    expect((await only()).status).toBe('running');
    clock += 20 * 60_000;
    await look();
    expect(await only()).toMatchObject({
      status: 'finished',
      reason: expect.stringContaining('nothing for') as string,
    });
    appendFileSync(path, '2,1\n');
    utimesSync(path, clock / 1000, clock / 1000);
    await look();
    expect((await only()).status).toBe('running');
    expect(await steps('loss')).toEqual([[1, 2]]);
  });

  it('leaves a finished run alone over a restart', async () => {
    writeFileSync(join(root, 'a.csv'), 'step,loss\n1,2\n');
    utimesSync(join(root, 'a.csv'), 1.7e9, 1.7e9);
    await look();
    const before = await only();
    expect(before.status).toBe('finished');
    restart();
    await look();
    expect(await only()).toEqual(before);
  });

  it('complains once of what cannot be read, and goes on with the rest', async () => {
    mkdirSync(join(root, 'bad'));
    const damaged = readFileSync(join(OLD, FIRST));
    damaged[600] ^= 1;
    writeFileSync(join(root, 'bad', FIRST), damaged);
    symlinkSync('/nowhere/metrics.csv', join(root, 'metrics.csv'));
    symlinkSync(root, join(root, 'loop'));
    writeFileSync(join(root, 'data.csv'), 'name,age\na,1\n');
    writeFileSync(join(root, 'good.csv'), 'step,loss\n1,2\n');
    for (let i = 0; i < 10; i++) await look();
    expect(warnings).toEqual([expect.stringMatching(/bad.*checksum of a record is wrong/)]);
    const names = (await runs()).map(({ name, points }) => [name, points > 0]);
    expect(names.sort()).toEqual([
      ['bad', true],
      ['good', true],
    ]);
  });

  it('keeps two runs of one name in different places apart', async () => {
    for (const place of ['a', 'b']) {
      mkdirSync(join(root, place, 'x'), { recursive: true });
      writeFileSync(join(root, place, 'x', 'results.csv'), 'epoch,loss\n0,1\n');
    }
    await look();
    expect((await runs()).map(({ name }) => name).sort()).toEqual(['a/x', 'b/x']);
  });

  it.each([
    ['lightning/lightning_logs/version_0', 'hparams.yaml', { lr: 0.1 }],
    ['yolo', 'args.yaml', { task: 'detect', epochs: 2 }],
  ])('takes what %s has in its %s for the config', async (fixture, _name, config) => {
    cpSync(join(FIXTURES, fixture), join(root, 'x'), { recursive: true });
    await look();
    const [run] = await runs();
    expect(run.config).toMatchObject(config);
    expect(run.points).toBeGreaterThan(0);
  });

  it('takes settings that are written after the first points, and says in the config what it cannot read', async () => {
    for (const name of ['late', 'broken', 'bomb', 'tagged']) mkdirSync(join(root, name));
    const rows = (name: string, text: string) => appendFileSync(join(root, name, 'metrics.csv'), text);
    for (const name of ['late', 'broken', 'bomb', 'tagged']) rows(name, 'step,loss\n0,1\n');
    await look();
    writeFileSync(join(root, 'late/hparams.yaml'), 'lr: 0.5\nnet: { layers: [64, 10] }\n');
    writeFileSync(join(root, 'broken/hparams.yaml'), 'lr: [0.5\n');
    const aliases = Array.from({ length: 20 }, (_, i) => `a${i}: &a${i} [${`*a${i - 1},`.repeat(9)}]`);
    writeFileSync(join(root, 'bomb/hparams.yaml'), ['x: &a-1 [1]', ...aliases].join('\n'));
    writeFileSync(
      join(root, 'tagged/args.yaml'),
      'a: !!python/object:argparse.Namespace\n  lr: 1\nb: .nan\n',
    );
    for (const name of ['late', 'broken', 'bomb', 'tagged']) rows(name, '1,0.5\n');
    await look();
    const configs = new Map((await runs()).map(({ name, config }) => [name, config]));
    expect(configs.get('late')).toEqual({ lr: 0.5, net: { layers: [64, 10] } });
    expect(configs.get('broken')).toEqual({
      'hparams.yaml': expect.stringMatching(/^left out: /) as string,
    });
    expect(configs.get('bomb')).toEqual({ 'hparams.yaml': expect.stringMatching(/^left out: /) as string });
    expect(configs.get('tagged')).toEqual({ a: { lr: 1 }, b: null });
    expect((await runs()).map(({ points }) => points)).toEqual([2, 2, 2, 2]);
    expect(warnings).toEqual([]);
  });

  it('leaves out what the server would not take whole, says so once, and sends what is behind it', async () => {
    const big = (bytes: number) => ({ text: 'x'.repeat(bytes) });
    const lines = [
      { kind: 'run', protocol: 1, run: 'own', writer: 'w', name: 'kept', config: big(9_000_000) },
      { kind: 'log', seq: 1, step: 0, time: 1.7e9, values: { loss: 3 } },
      { kind: 'update', seq: 2, time: 1.7e9, summary: big(9_000_000) },
      { kind: 'log', seq: 3, step: 1, time: 1.7e9 + 1, values: { loss: 2 } },
    ];
    writeFileSync(join(root, 'own.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await look();
    await look();
    expect(await steps('loss')).toEqual([[0, 1]]);
    expect(await only()).toMatchObject({ run: 'own', name: 'kept', config: {} });
    const path = join(root, 'own.jsonl');
    expect(warnings).toEqual([
      `${path}: config: must be at most ${LIMITS.configBytes} bytes as JSON, got 9000011; it is left out`,
      `${path}: line 2: must be at most ${LIMITS.frameBytes} bytes, got 9000065; it is left out`,
    ]);
  });
});
