import { expect, it } from 'vitest';
import { fittingAbout, fittingLine } from '../../../server/tail/fitting.ts';
import { LIMITS } from '../../../shared/limits.ts';

const hello = { run: 'r', writer: 'w' };
const runLine = (config: object) => ({
  kind: 'line' as const,
  text: JSON.stringify({ kind: 'run', protocol: 1, ...hello, config, notes: 'n' }),
  hello,
});
/** A config of so many bytes as JSON. */
const config = (bytes: number) => ({ k: 'x'.repeat(bytes - 8) });

it('leaves a run line alone whose config is as large as may be, and takes away a larger one', () => {
  const fits = runLine(config(LIMITS.configBytes));
  expect(fittingLine(fits)).toEqual({ left: fits, complaint: null });
  const { left, complaint } = fittingLine(runLine(config(LIMITS.configBytes + 1)));
  expect(JSON.parse(left!.text)).toEqual({ kind: 'run', protocol: 1, ...hello, notes: 'n' });
  expect(left!.hello).toEqual(hello);
  expect(complaint).toBe('config: must be at most 262144 bytes as JSON, got 262145; it is left out');
});

it('leaves out a line that no frame can hold, by its bytes', () => {
  const line = (text: string) => ({ kind: 'line' as const, text, seq: 7 });
  const half = LIMITS.frameBytes / 2;
  expect(fittingLine(line('é'.repeat(half))).complaint).toBeNull();
  expect(fittingLine(line('é'.repeat(half) + 'x'))).toEqual({
    left: null,
    complaint: `line 7: must be at most ${LIMITS.frameBytes} bytes, got ${LIMITS.frameBytes + 1}; it is left out`,
  });
});

it('keeps what a file has said of its run where its config, told in parts, becomes too large', () => {
  const first = fittingAbout(null, { kind: 'about', name: 'n', config: { lr: 1 } }).left;
  const { left, complaint } = fittingAbout(first, {
    kind: 'about',
    project: 'p',
    config: config(LIMITS.configBytes),
  });
  expect(left).toEqual({ kind: 'about', name: 'n', project: 'p', config: { lr: 1 } });
  expect(complaint).toContain('config: must be at most 262144 bytes');
  expect(fittingAbout(left, { kind: 'about', config: { wd: 2 } }).left.config).toEqual({ lr: 1, wd: 2 });
});
