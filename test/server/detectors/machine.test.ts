import { describe, expect, test } from 'vitest';
import { dataWait } from '../../../server/detectors/data-wait.ts';
import { diskFull } from '../../../server/detectors/disk-full.ts';
import { eccErrors } from '../../../server/detectors/ecc-errors.ts';
import { gpuIdle } from '../../../server/detectors/gpu-idle.ts';
import { detectors } from '../../../server/detectors/index.ts';
import { memory } from '../../../server/detectors/memory.ts';
import { sampleOf } from '../../../server/detectors/sample.ts';
import { throttling } from '../../../server/detectors/throttling.ts';
import { bind } from '../../../server/roles.ts';
import { expectMarbles } from './marbles.ts';
import { random } from './streams.ts';
import { lives, told } from './told.ts';

/** Detectors of what the SDK samples of the machine. A line a step, ten steps between: see `spaced`. */

/** So many values about a level, with a little noise. */
function about(level: number, count: number, noise = 0.02, seed = 1): number[] {
  const next = random(seed);
  return Array.from({ length: count }, () => level * (1 + noise * (next() - 0.5)));
}

function repeated(value: number, count: number): number[] {
  return Array.from({ length: count }, () => value);
}

describe('sampleOf', () => {
  test('tells what the SDK samples from what scripts log', () => {
    expect(sampleOf('system/gpu12/memory.max')).toEqual({ gpu: 12, quantity: 'memory', statistic: 'max' });
    expect(sampleOf('system/data_wait')).toEqual({ gpu: null, quantity: 'data_wait', statistic: null });
    for (const series of ['gpu0/memory.max', 'train/loss', 'system/gpu0/memory/x.max', 'val/system/cpu.mean'])
      expect(sampleOf(series)).toBeNull();
  });
});

const MACHINE = [dataWait(), diskFull(), eccErrors(), gpuIdle(), memory(), throttling()];

test('no detector of the machine looks at what scripts log', () => {
  const every = { monitored: true, primary: true, baseline: true, pace: true };
  for (const series of ['loss', 'val/loss', 'memory', 'gpu_memory.max', 'data_wait', 'disk.max', 'lr'])
    for (const detector of MACHINE) {
      expect(detector.watches(bind(series), every)).toBe(false);
      expect(detector.together?.watches(bind(series), 0) ?? false).toBe(false);
    }
  expect(detectors.map(({ name }) => name)).toEqual(expect.arrayContaining(MACHINE.map(({ name }) => name)));
});

describe('data-wait', () => {
  const series = 'system/data_wait';

  test('speaks after 50 steps of waiting past the first 50, and resolves at half of the share', async () => {
    const values = [...about(5, 51), ...about(30, 50), ...about(15, 50), ...about(8, 51)];
    const { findings, last } = await told(dataWait(), { [series]: values });
    expect(lives(findings)).toEqual(['open@100 from 50 warning', 'resolved@200 from 50 warning']);
    expect(findings[0].title).toMatch(
      /^Training waits for data (29|30) % of the time, in the 50 steps to step 100$/,
    );
    expect(last.verdict).not.toMatch(/^Waits/);
  });

  test('is silent on a slow start, single waits, and less than the share', async () => {
    const start = [...about(60, 40), ...about(6, 400)];
    const single = Array.from({ length: 500 }, (_, i) => (i % 25 === 3 ? 90 : 4));
    for (const values of [start, single, about(18, 500), repeated(NaN, 500)])
      expect((await told(dataWait(), { [series]: values })).findings).toEqual([]);
  });

  test('does not flap about the share', async () => {
    const values = Array.from({ length: 4000 }, (_, i) => 20 + 6 * Math.sin(i / 40));
    expect((await told(dataWait(), { [series]: values })).findings).toHaveLength(1);
  });

  test('speaks in the frame of the sample that made the 50 steps full', () => {
    const rows = (values: number[]) => values.map((value) => ({ [series]: value }));
    const tables = { a: rows(about(30, 100)), b: rows(about(30, 1)), c: rows(about(2, 100)) };
    expectMarbles(dataWait(), 'a-b-c|', tables, 'n-o-r|');
  });
});

describe('gpu-idle', () => {
  const series = 'system/gpu0/utilisation.mean';
  const other = 'system/gpu1/utilisation.mean';

  test('speaks of a GPU that worked and now waits, once, and resolves when it works again', async () => {
    const values = [...about(80, 13), ...about(4, 60), ...about(70, 20)];
    const { findings, last } = await told(gpuIdle(), { [series]: values });
    expect(lives(findings)).toEqual(['open@18 from 12 warning', 'resolved@78 from 12 warning']);
    expect(findings[0].title).toMatch(/^The GPU is idle: busy [34](\.\d+)? % of the time, while 6 steps/);
    expect(last.verdict).not.toMatch(/idle/);
  });

  test('says nothing while no step is taken: that is a stall, a validation or a download', () => {
    const { together } = gpuIdle();
    const steps = Float64Array.from({ length: 100 }, (_, i) => Math.min(i, 20));
    const values = Float64Array.from({ length: 100 }, (_, i) => (i < 20 ? 90 : 0));
    const rows = {
      rank: 0,
      steps,
      times: steps,
      epochs: new Float64Array(100).fill(NaN),
      columns: [{ binding: bind(series), logged: 0, values }],
    };
    expect(together!.update(together!.start(), rows, {}).says).toEqual([]);
  });

  test('only remarks on a GPU that was never used', async () => {
    const { findings } = await told(gpuIdle(), { [series]: repeated(0, 40), [other]: repeated(0, 40) });
    expect(findings.map(({ severity }) => severity)).toEqual(['info']);
    expect(findings[0].advice[0]).toMatch(/moved to the GPU/);
  });

  test('is silent where one GPU of several works, and on a slow start', async () => {
    const one = { [series]: repeated(0, 80), [other]: about(50, 80) };
    const start = { [series]: [...repeated(0, 6), ...about(60, 80)] };
    for (const columns of [one, start, { [series]: repeated(NaN, 80) }])
      expect((await told(gpuIdle(), columns)).findings).toEqual([]);
  });

  test('does not flap about its level', async () => {
    const values = Array.from({ length: 2000 }, (_, i) => 10 + 5 * Math.sin(i / 30));
    expect((await told(gpuIdle(), { [series]: values })).findings).toHaveLength(1);
  });
});

describe('memory', () => {
  test('speaks of a full machine at the third sample, once, and when there is room again', async () => {
    const values = [...about(60, 20), ...repeated(96, 10), ...repeated(93, 20), ...repeated(80, 20)];
    const { findings, last } = await told(memory(), { 'system/memory.max': values });
    expect(lives(findings)).toEqual(['open@22 from 22 warning', 'resolved@52 from 22 warning']);
    expect(findings[0].evidence).toEqual({ 'memory used, %': 96 });
    expect(last.findings).toEqual([]);
  });

  test('tells of shared memory, and only remarks on a GPU that is kept full', async () => {
    const shm = await told(memory(), { 'system/shm.max': repeated(97, 5) });
    expect(shm.findings[0].advice[0]).toMatch(/--shm-size/);
    const gpu = await told(memory(), { 'system/gpu0/memory.max': repeated(98.5, 500) });
    expect(gpu.findings.map(({ severity }) => severity)).toEqual(['info']);
  });

  test('tells a leak, how fast it is and when there will be nothing left', async () => {
    const values = about(1, 400, 0.004).map((noise, i) => 30 * noise + 0.05 * i);
    const { findings, last } = await told(memory(), { 'system/memory.mean': values });
    expect(findings).toHaveLength(1);
    // 0.05 % a sample, and a sample a second here.
    expect(findings[0].evidence['growth, % an hour']).toBeGreaterThan(160);
    expect(findings[0].evidence['growth, % an hour']).toBeLessThan(200);
    expect(findings[0].evidence['until full, hours']).toBeLessThan(0.4);
    expect(last.verdict).toMatch(/^The machine’s memory grows by 1\d\d % an hour/);
  });

  test('only remarks on what the process takes, which has no limit of its own', async () => {
    const values = Array.from({ length: 400 }, (_, i) => 4 + 0.01 * i);
    const { findings } = await told(memory(), { 'system/process_memory.mean': values });
    expect(findings.map(({ severity }) => severity)).toEqual(['info']);
  });

  test('resolves a leak that ends', async () => {
    const values = Array.from({ length: 1200 }, (_, i) => 30 + 0.05 * Math.min(i, 300));
    const { findings } = await told(memory(), { 'system/memory.mean': values });
    expect(findings.map(({ status }) => status)).toEqual(['open', 'resolved']);
  });

  test('is silent on a start that fills, jumps, saws, a walk, and growth within the first epoch', async () => {
    const next = random(5);
    let walked = 40;
    const healthy: number[][] = [
      Array.from({ length: 2000 }, (_, i) => 60 - 40 * Math.exp(-i / 60)),
      Array.from({ length: 2000 }, (_, i) => 20 + 10 * Math.floor(i / 400)),
      Array.from({ length: 2000 }, (_, i) => 40 + (i % 50) / 5),
      Array.from({ length: 2000 }, () => (walked += next() - 0.5) && Math.max(20, Math.min(60, walked))),
      about(50, 2000, 0.2),
    ];
    for (const values of healthy)
      for (const series of ['system/memory.mean', 'system/process_memory.mean', 'system/gpu0/memory.mean'])
        expect((await told(memory(), { [series]: values })).findings).toEqual([]);
    const filling = { 'system/memory.mean': Array.from({ length: 600 }, (_, i) => 20 + 0.05 * i) };
    const first = { ...filling, epoch: Array.from({ length: 600 }, (_, i) => i / 600) };
    expect((await told(memory(), first)).findings).toEqual([]);
    const fifth = { ...filling, epoch: Array.from({ length: 600 }, (_, i) => i / 120) };
    expect((await told(memory(), fifth)).findings).toHaveLength(1);
  });
});

describe('throttling', () => {
  const series = 'system/gpu0/throttled_heat.mean';
  const beside = {
    'system/gpu0/temperature.max': repeated(91, 200),
    'system/gpu0/clock.mean': repeated(1200, 200),
  };

  test('speaks after a minute of heat with temperature and clock, and resolves when it is cool', async () => {
    const { findings } = await told(throttling(), {
      [series]: [...repeated(0, 40), ...repeated(0.8, 40), ...repeated(0, 40)],
      ...beside,
    });
    expect(lives(findings)).toEqual(['open@43 from 43 warning', 'resolved@85 from 43 warning']);
    expect(findings[0].title).toBe('GPU 0 is slowed down by heat 53 % of the time, at 91 °C');
    expect(findings[0].evidence['clock, MHz']).toBe(1200);
  });

  test('makes one finding of several GPUs', async () => {
    const hot = repeated(1, 40);
    const two = { [series]: hot, 'system/gpu1/throttled_heat.mean': [...repeated(0, 10), ...hot] };
    const { findings } = await told(throttling(), two);
    expect(new Set(findings.map(({ id }) => id)).size).toBe(1);
    expect(findings.at(-1)!.series).toHaveLength(2);
  });

  test('is silent on moments of heat, and on a clock lowered to keep to the power limit', async () => {
    const moments = Array.from({ length: 400 }, (_, i) => (i % 5 === 0 ? 0.6 : 0.1));
    expect((await told(throttling(), { [series]: moments })).findings).toEqual([]);
    expect((await told(throttling(), { 'system/gpu0/throttled.mean': repeated(1, 400) })).findings).toEqual(
      [],
    );
  });
});

describe('ecc-errors', () => {
  const series = 'system/gpu3/ecc_errors.max';

  test('is critical at once when the count grows, and tells by how many', async () => {
    const { findings, last } = await told(eccErrors(), { [series]: [...repeated(0, 20), 1, 1, 3, 3] });
    expect(lives(findings)).toEqual(['open@20 from 20 critical', 'open@22 from 22 critical']);
    expect(findings[1].title).toBe(
      'GPU 3 has had 3 errors of its memory in this run that could not be corrected',
    );
    expect(last.verdict).toMatch(/^Memory errors on GPU 3 at step 22/);
  });

  test('only remarks on errors from before the run', async () => {
    const { findings } = await told(eccErrors(), { [series]: repeated(2, 50) });
    expect(findings.map(({ severity }) => severity)).toEqual(['info']);
  });

  test('is silent where there are none', async () => {
    expect((await told(eccErrors(), { [series]: repeated(0, 100) })).findings).toEqual([]);
  });
});

describe('disk-full', () => {
  const used = 'system/disk.max';
  const free = 'system/disk_free.min';

  test('warns, is critical where no checkpoint will fit, and resolves', async () => {
    const columns = {
      [used]: [...repeated(90, 10), ...repeated(97, 10), ...repeated(99.9, 10), ...repeated(70, 10)],
      [free]: [...repeated(60, 10), ...repeated(12, 10), ...repeated(0.4, 10), ...repeated(200, 10)],
    };
    const { findings } = await told(diskFull(), columns);
    expect(lives(findings)).toEqual([
      'open@12 from 12 warning',
      'open@22 from 22 critical',
      'resolved@32 from 22 critical',
    ]);
    expect(findings[0].evidence).toEqual({ 'disk used, %': 97, 'disk free, GiB': 12 });
  });

  test('is silent on a large disk with room left, on a moment, and does not flap', async () => {
    const large = { [used]: repeated(97, 50), [free]: repeated(400, 50) };
    const moment = { [used]: Array.from({ length: 60 }, (_, i) => (i % 5 === 0 ? 99 : 90)) };
    for (const columns of [large, moment]) expect((await told(diskFull(), columns)).findings).toEqual([]);
    const about95 = { [used]: Array.from({ length: 900 }, (_, i) => 95 + Math.sin(i / 10)) };
    expect((await told(diskFull(), about95)).findings).toHaveLength(1);
  });
});
