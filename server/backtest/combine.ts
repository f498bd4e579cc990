import { BadSetting, checkParameters, type Parameters } from '../settings/setting.ts';

/**
 * Every combination of the values given for each parameter, in the order given; one empty choice for none.
 * Parameters may be spelled `min_delta` or `minDelta`.
 * @throws BadSetting when the detector has no such parameter, or one cannot have such a value
 */
export function combine(detector: string, choices: ReadonlyMap<string, readonly number[]>): Parameters[] {
  let combined: Parameters[] = [{}];
  for (const [parameter, values] of choices) {
    combined = combined.flatMap((before) => values.map((value) => ({ ...before, [parameter]: value })));
  }
  return combined.map((parameters) => checkParameters(detector, parameters));
}

/** Reads `patience=5,10,20`. @throws BadSetting */
export function readChoice(text: string): [string, number[]] {
  const [name, list = ''] = text.split('=');
  const values = list.split(',').map(Number);
  if (name === '' || list === '' || values.some((value) => !Number.isFinite(value))) {
    throw new BadSetting('--set', 'NAME=NUMBER,NUMBER,…', text);
  }
  return [name, values];
}
