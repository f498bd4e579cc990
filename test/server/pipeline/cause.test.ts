import { describe, expect, test } from 'vitest';
import { detectors } from '../../../server/detectors/index.ts';
import { causeFirst } from '../../../server/pipeline/cause.ts';
import type { OpenVerdict } from '../../../server/pipeline/ledger.ts';

function open(
  detector: string,
  from: number,
  severity: OpenVerdict['severity'] = 'warning',
  said = from,
): OpenVerdict {
  return { detector, severity, from, said, verdict: `${detector} since ${from}` };
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

  test('goes by when a consequence was first said, not by how far back it is traced', () => {
    expect(causes(open('oscillation', 5, 'warning', 40), open('plateau', 20))[0]).toBe('plateau');
    expect(causes(open('oscillation', 5, 'warning', 15), open('plateau', 20))[0]).toBe('oscillation');
  });

  test('names a validation set of a few samples before all that it makes validation do', () => {
    const all = ['baseline', 'oscillation', 'best-epoch', 'gap', 'validation-easier', 'validation-noise'];
    expect(causes(...all.map((detector) => open(detector, 0)))[0]).toBe('validation-noise');
    expect(causes(open('divergence', 9, 'critical'), open('validation-noise', 0))[0]).toBe('divergence');
  });

  test('names a validation that is apart from training before its swings, whenever they were said', () => {
    for (const apart of ['best-epoch', 'gap', 'validation-easier']) {
      expect(causes(open('oscillation', 5), open(apart, 30))[0]).toBe(apart);
    }
  });

  test('names swings before the level that they keep', () => {
    expect(causes(open('baseline', 10, 'warning', 50), open('oscillation', 20))[0]).toBe('oscillation');
  });

  test('comes to an end, whatever is open', () => {
    const names = detectors.map(({ name }) => name);
    for (const lead of names) {
      const rest = names.filter((name) => name !== lead).map((name) => open(name, 0));
      expect(causes(open(lead, 0), ...rest)).toHaveLength(names.length);
    }
  });

  test('names what is wrong with the machine before what comes of it', () => {
    expect(causes(open('non-finite', 20, 'critical'), open('ecc-errors', 10, 'critical'))[0]).toBe(
      'ecc-errors',
    );
    expect(causes(open('stall', 20, 'critical'), open('disk-full', 10))[0]).toBe('disk-full');
    expect(causes(open('stall', 20, 'critical'), open('memory', 10))[0]).toBe('memory');
    expect(causes(open('slow-down', 30), open('gpu-idle', 20), open('data-wait', 10))[0]).toBe('data-wait');
    expect(causes(open('slow-down', 30), open('throttling', 20))[0]).toBe('throttling');
    expect(causes(open('stall', 20, 'critical'), open('memory', 10, 'info'))[0]).toBe('stall');
  });
});
