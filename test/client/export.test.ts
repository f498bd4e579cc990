import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../client/address.ts';
import { tokenIn } from '../../client/credential.ts';
import { fileName } from '../../client/export/file.ts';
import type { Picture } from '../../client/export/picture.ts';
import { logTicks, ticks, timeTicks } from '../../client/export/scale.ts';
import { svgOf } from '../../client/export/svg.ts';
import { embedCode, readOnlyLink, viewLink } from '../../client/share.ts';
import type { Finding } from '../../shared/finding.ts';

const finding: Finding = {
  id: 'f',
  run: 'r',
  attempt: 0,
  detector: 'non-finite',
  severity: 'critical',
  status: 'open',
  series: ['a<b'],
  from: 2,
  step: 2,
  until: 3,
  epoch: null,
  time: 0,
  title: 'a & b is "not" <finite>',
  evidence: {},
  advice: [],
};

const picture = (more: Partial<Picture> = {}): Picture => ({
  title: 'loss',
  axis: 'step',
  at: (step) => step,
  from: 0,
  to: 4,
  low: 0,
  high: 10,
  logX: false,
  logY: false,
  lines: [
    {
      name: 'a<b',
      label: 'a<b',
      color: 'rgb(1, 2, 3)',
      width: 2,
      alpha: 1,
      places: Float64Array.of(0, 1, 2, 3, 4),
      values: Float64Array.of(10, 5, NaN, 2, Infinity),
    },
  ],
  findings: [finding],
  last: 4,
  best: { series: 'a<b', step: 3, epoch: 1, value: 2, age: 0 },
  color: (variable) => `of${variable}`,
  ...more,
});

describe('a chart as SVG', () => {
  it('holds its line, broken where it is not finite, with marks there', () => {
    const svg = svgOf(picture());
    const [, line] = /<path d="(M[^"]+)" fill="none" stroke="rgb\(1, 2, 3\)" stroke-width="2"/.exec(svg)!;
    expect(line.match(/M/g)).toHaveLength(2);
    expect(line.match(/L/g)).toHaveLength(1);
    expect(svg.match(/stroke-width="1.75"/g)).toHaveLength(1);
  });

  it('maps values to where its own labels are', () => {
    const svg = svgOf(picture());
    const [, x, y] = /d="M([\d.]+) ([\d.]+)L/.exec(svg)!;
    expect(svg).toMatch(new RegExp(`<text x="${x}"[^>]*>0</text>`));
    const [, labelled] = /y="([\d.]+)" text-anchor="end"[^>]*>10<\/text>/.exec(svg)!;
    expect(Number(labelled) - 4).toBeCloseTo(Number(y), 6);
  });

  it('names the best, and every finding with its words, as text and never as tags', () => {
    const svg = svgOf(picture());
    expect(svg).toContain('best 2 at epoch 1');
    expect(svg).toContain('critical: a &amp; b is &quot;not&quot; &lt;finite&gt;');
    expect(svg).not.toContain('<finite>');
    expect(svg).not.toContain('a<b');
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
  });

  it('leaves out of a logarithmic axis what has no place on it', () => {
    const lines = [{ ...picture().lines[0], values: Float64Array.of(10, 1, 0, 0.1, 1) }];
    const svg = svgOf(picture({ logY: true, low: 0.1, high: 10, lines }));
    expect(svg).not.toContain('NaN');
    expect(svg).toMatch(/>0\.1<\/text>/);
  });
});

describe('a chart as SVG, by another axis than steps', () => {
  const halved = { at: (step: number) => step / 2, to: 2 };
  const lines = [{ ...picture().lines[0], places: Float64Array.of(0, 0.5, 1, 1.5, 2) }];
  const byEpoch = svgOf(picture({ axis: 'epoch', ...halved, lines, last: 2 }));
  const markAt = (svg: string) => Number(/<g transform="translate\(([\d.]+)/.exec(svg)![1]);

  it('has its line, its best and its findings where the same steps are', () => {
    const bySteps = svgOf(picture());
    const path = (svg: string) => /d="(M[\d.]+ [\d.]+L[^"]+)"/.exec(svg)![1];
    expect(path(byEpoch)).toBe(path(bySteps));
    expect(markAt(byEpoch)).toBe(markAt(bySteps));
    const best = (svg: string) => /<circle cx="([\d.]+)"/.exec(svg)![1];
    expect(best(byEpoch)).toBe(best(bySteps));
  });

  it('says what the axis is, in labels of its own', () => {
    expect(byEpoch).toContain('>epoch</text>');
    expect(byEpoch).toMatch(/>0\.50<\/text>/);
    const hour = { from: 0, to: 3600, last: 3600, at: (step: number) => 900 * step };
    const trained = svgOf(picture({ axis: 'relative', ...hour }));
    expect(trained).toContain('>time trained</text>');
    expect(trained).toContain('>30m</text>');
  });

  it('leaves out findings whose step has no place', () => {
    expect(svgOf(picture({ axis: 'epoch', ...halved, at: () => NaN, lines }))).not.toContain('translate(');
  });
});

describe('ticks', () => {
  it('of time are round by the clock', () => {
    expect(timeTicks(10, 70, 4)).toEqual([15, 30, 45, 60]);
    expect(timeTicks(0, 3 * 86_400, 3)).toEqual([0, 86_400, 172_800, 259_200]);
    expect(timeTicks(0, 0.4, 4)).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
  });

  it('are round and within', () => {
    expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(0.13, 0.31, 4)).toEqual([0.15, 0.2, 0.25, 0.3]);
    expect(ticks(3, 3, 4)).toEqual([3]);
    expect(logTicks(0.02, 3)).toEqual([0.1, 1]);
    expect(logTicks(0.4, 6)).toEqual([0.5, 1, 2, 5]);
  });
});

describe('links', () => {
  const page = 'http://host:1/?token=secret#/run/a%20b?zoom=1-2&embed=all&token=old';
  const address = parseAddress(new URL(page).hash);

  it('show what is shown, without a token', () => {
    expect(viewLink(page, address)).toBe('http://host:1/#/run/a%20b?zoom=1-2');
  });
  it('that may only look carry the reading token where the server takes it', () => {
    expect(readOnlyLink(page, address, 'rr')).toBe('http://host:1/?token=rr#/run/a%20b?zoom=1-2');
    expect(readOnlyLink(page, address, null)).toBe('http://host:1/#/run/a%20b?zoom=1-2');
  });
  it('of frames carry it where no server is sent it', () => {
    const [, source] = /src="([^"]+)"/.exec(embedCode(page, 'a"b', 'loss/loss', 'rr'))!;
    const url = new URL(source.replaceAll('&amp;', '&'));
    expect(url.search).toBe('');
    expect(tokenIn(url.hash)).toBe('rr');
    expect(parseAddress(url.hash)).toMatchObject({ run: 'a"b' });
  });
});

it('a file is named for what it shows, as any file system takes it', () => {
  expect(fileName('mlp: 200 samples/ loss', 'csv')).toBe('mlp-200-samples-loss.csv');
  expect(fileName('../..', 'svg')).toBe('tidemark.svg');
});
