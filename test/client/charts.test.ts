import { describe, expect, it } from 'vitest';
import { arrange, strokeOf } from '../../client/charts.ts';
import type { SeriesState } from '../../shared/frames.ts';
import type { Role, Split } from '../../shared/lines.ts';

function series(name: string, role: Role, split: Split | null = null, quantity = name): SeriesState {
  return { series: name, rank: 0, role, split, quantity, goal: null };
}

describe('arrange', () => {
  it('puts train and validation of one quantity on one chart, train first', () => {
    const charts = arrange([
      series('val/loss', 'loss', 'validation', 'loss'),
      series('train/loss', 'loss', 'train', 'loss'),
    ]);
    expect(charts.map(({ series: of }) => of.map(({ name }) => name))).toEqual([['train/loss', 'val/loss']]);
  });

  it('orders losses, metrics, optimizer and then the rest by prefix', () => {
    const charts = arrange([
      series('gpu/memory', 'other'),
      series('lr', 'lr'),
      series('acc', 'metric'),
      series('cpu/load', 'other'),
      series('step_time', 'step_time'),
      series('aux_loss', 'loss'),
      series('loss', 'loss'),
      series('grad_norm', 'grad_norm'),
    ]);
    expect(charts.map(({ title }) => title)).toEqual([
      'loss',
      'aux_loss',
      'acc',
      'lr',
      'grad_norm',
      'step_time',
      'cpu/load',
      'gpu/memory',
    ]);
    expect(charts.at(-1)?.section).toBe('System');
  });

  it('calls a series that is alone by its name, and several by what they have in common', () => {
    const charts = arrange([
      series('grad_norm/blocks.0.up', 'grad_norm', null, 'grad_norm_blocks_0_up'),
      series('train/Acc', 'metric', 'train', 'acc'),
      series('system/cpu.mean', 'other', null, 'system/cpu'),
      series('system/cpu.max', 'other', null, 'system/cpu'),
    ]);
    expect(charts.map(({ title }) => title)).toEqual(['acc', 'grad_norm/blocks.0.up', 'cpu']);
  });

  it('draws what a window comes to in one colour, its bounds thin, with its unit', () => {
    const names = [
      'system/gpu0/power.max',
      'system/gpu0/power.mean',
      'system/gpu0/power.min',
      'system/gpu0/power.sum',
    ];
    const [{ unit, series: drawn }] = arrange(
      names.map((name) => series(name, 'other', null, 'system/gpu0/power')),
    );
    const strokes = drawn.map((one) => strokeOf(one, 0));
    expect(unit).toBe('W');
    expect(strokes.map(({ thin }) => thin)).toEqual([true, false, true, false]);
    expect(new Set(strokes.slice(0, 3).map(({ color }) => color)).size).toBe(1);
    expect(strokes[3].color).not.toBe(strokes[0].color);
  });

  it('takes a least value without a mean for a series as any other', () => {
    const drawn = arrange([series('a.min', 'other', null, 'a'), series('a.max', 'other', null, 'a')])[0]
      .series;
    expect(drawn.map(({ bound }) => bound)).toEqual([false, false]);
    expect(drawn[0].color).not.toBe(drawn[1].color);
  });

  it.each([
    ['system/cpu.mean', '%'],
    ['system/gpu12/temperature.max', '°C'],
    ['system/step_time', 's'],
    ['system/gpu0/ecc_errors.max', ''],
    ['cpu', ''],
    ['val/memory', ''],
  ])('gives %s the unit "%s"', (name, unit) => expect(arrange([series(name, 'other')])[0].unit).toBe(unit));

  it('does not chart the epoch, and names a series once however many ranks log it', () => {
    const charts = arrange([
      series('epoch', 'epoch'),
      series('loss', 'loss'),
      { ...series('loss', 'loss'), rank: 1 },
    ]);
    expect(charts.map(({ series: of }) => of.length)).toEqual([1]);
  });

  it('gives a series the same colour whatever else the run logs, and two of one chart different ones', () => {
    const alone = arrange([series('lr', 'lr')])[0].series[0].color;
    const among = arrange([series('acc', 'metric'), series('lr', 'lr')])[1].series[0].color;
    expect(among).toBe(alone);
    const [chart] = arrange([series('a', 'loss', 'train', 'q'), series('b', 'loss', 'train', 'q')]);
    expect(new Set(chart.series.map(({ color }) => color)).size).toBe(2);
  });
});
