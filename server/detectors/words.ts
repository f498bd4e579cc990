import type { Binding } from '../roles.ts';

/** "epoch 42" where the run logs epochs, else "step 1200". */
export function atEpoch(step: number, epoch: number | null): string {
  return epoch === null ? `step ${step}` : `epoch ${Number(epoch.toFixed(1))}`;
}

/** A series as a person would call it, at the start of a sentence: "Validation loss", "Training acc". */
export function nameOf({ role, split, quantity, series }: Binding): string {
  if (role === 'lr') return 'Learning rate';
  if (role === 'grad_norm') return `Gradient norm ${series}`;
  const splits = { train: 'Training ', validation: 'Validation ', test: 'Test ' } as const;
  const name = `${split ? splits[split] : ''}${SPOKEN.get(quantity) ?? quantity.replaceAll('_', ' ')}`;
  return name.charAt(0).toUpperCase() + name.slice(1);
}

const SPOKEN = new Map([
  ['acc', 'accuracy'],
  ['err', 'error'],
  ['ppl', 'perplexity'],
]);

/** A number with three significant digits, as in "0.0123", "1.35e+4". */
export function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A share as a whole or, where small, decimal number of per cent: "12 %", "1.2 %", "less than 0.1 %". */
export function percent(share: number): string {
  const value = 100 * share;
  if (value !== 0 && Math.abs(value) < 0.05) return 'less than 0.1 %';
  return `${value !== 0 && Math.abs(value) < 1.95 ? value.toFixed(1) : value.toFixed(0)} %`;
}

/** "epoch was 42", or "step was 1200" where the run logs no epochs. */
export function epochWord(step: number, epoch: number | null): string {
  return atEpoch(step, epoch).replace(' ', ' was ');
}
