import type { Detector } from '../detector.ts';
import { factories } from '../detectors/index.ts';

/** A call that cannot be taken; the message names the field, the rule and the value. */
export class BadSetting extends Error {
  override readonly name = 'BadSetting';
}

/** One choice of parameters: those that differ from the defaults. */
export type Setting = Readonly<Record<string, number>>;

/** The factory of a detector by its name. @throws BadSetting when there is none */
export function detectorFactory(name: string): (setting: Setting) => Detector {
  const factory = factories.get(name);
  if (factory) return factory;
  throw new BadSetting(`detector: must be one of ${[...factories.keys()].join(', ')}, got ${name}`);
}

/**
 * Every combination of the values given for each parameter, in the order given; one empty setting for none.
 * Parameters may be spelled `min_delta` or `minDelta`.
 * @throws BadSetting when the detector has no such parameter, or refuses a value
 */
export function combine(name: string, choices: ReadonlyMap<string, readonly number[]>): Setting[] {
  const factory = detectorFactory(name);
  const known = Object.keys(factory({}).parameters);
  let settings: Setting[] = [{}];
  for (const [given, values] of choices) {
    const parameter = given.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (!known.includes(parameter)) {
      throw new BadSetting(`${name}: parameter must be one of ${known.join(', ')}, got ${given}`);
    }
    settings = settings.flatMap((setting) => values.map((value) => ({ ...setting, [parameter]: value })));
  }
  for (const setting of settings) factory(setting);
  return settings;
}

/** Reads `patience=5,10,20`. @throws BadSetting */
export function readChoice(text: string): [string, number[]] {
  const [name, list = ''] = text.split('=');
  const values = list.split(',').map(Number);
  if (name === '' || list === '' || values.some((value) => !Number.isFinite(value))) {
    throw new BadSetting(`--set: must be NAME=NUMBER,NUMBER,…, got ${text}`);
  }
  return [name, values];
}
