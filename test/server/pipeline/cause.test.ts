import { describe, expect, test } from 'vitest';
import { causeFirst } from '../../../server/pipeline/cause.ts';
import type { OpenVerdict } from '../../../server/pipeline/ledger.ts';

function open(detector: string, from: number, severity: OpenVerdict['severity'] = 'warning'): OpenVerdict {
  return { detector, severity, from, verdict: `${detector} since ${from}` };
}

function causes(...found: OpenVerdict[]): string[] {
  return causeFirst(found).map(({ detector }) => detector);
}

describe('causeFirst', () => {
  test('names the divergence that a NaN came of', () => {
    expect(causes(open('non-finite', 20, 'critical'), open('divergence', 10, 'critical'))).toEqual([
      'divergence',
      'non-finite',
    ]);
  });

  test('names stuck weights before the wandering validation that comes of them', () => {
    expect(causes(open('best-epoch', 5), open('plateau', 0), open('gap', 30))).toEqual([
      'plateau',
      'best-epoch',
      'gap',
    ]);
  });

  test('goes on to the beginning of a chain', () => {
    expect(causes(open('spike', 40), open('oscillation', 30), open('plateau', 0))).toEqual([
      'plateau',
      'spike',
      'oscillation',
    ]);
  });

  test('leaves the gravest first where nothing before it explains it', () => {
    expect(causes(open('non-finite', 10, 'critical'), open('divergence', 20))).toEqual([
      'non-finite',
      'divergence',
    ]);
    expect(causes(open('best-epoch', 5), open('plateau', 0, 'info'))).toEqual(['best-epoch', 'plateau']);
    expect(causes()).toEqual([]);
  });
});
