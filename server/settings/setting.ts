import type { Detector } from '../detector.ts';
import { type DetectorFactory, factories } from '../detectors/index.ts';
import { breaksRange } from '../detectors/parameters.ts';

/** A setting that cannot be; the message names the field, the rule and the value. */
export class BadSetting extends Error {
  override readonly name = 'BadSetting';
  readonly field: string;
  readonly rule: string;
  readonly value: unknown;

  constructor(field: string, rule: string, value: unknown) {
    super(`${field}: must be ${rule}, got ${typeof value === 'string' ? value : JSON.stringify(value)}`);
    this.field = field;
    this.rule = rule;
    this.value = value;
  }
}

/** Parameters of a detector that differ from the defaults. */
export type Parameters = Readonly<Record<string, number>>;

/** The factory of a detector by its name. @throws BadSetting when there is none */
export function detectorFactory(name: string): DetectorFactory {
  const factory = factories.get(name);
  if (factory) return factory;
  throw new BadSetting('detector', `one of ${[...factories.keys()].join(', ')}`, name);
}

/**
 * The parameters under their own names; `min_delta` is `minDelta`.
 * @throws BadSetting when the detector has no such parameter, or one cannot have such a value
 */
export function checkParameters(detector: string, given: Parameters): Parameters {
  const known = Object.keys(detectorFactory(detector)().parameters);
  const entries = Object.entries(given).map(([name, value]) => {
    const parameter = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (!known.includes(parameter))
      throw new BadSetting(`${detector}: parameter`, `one of ${known.join(', ')}`, name);
    const rule = breaksRange(parameter, value);
    if (rule !== null) throw new BadSetting(`${detector}: ${parameter}`, rule, value);
    return [parameter, value] as const;
  });
  return Object.fromEntries(entries);
}

/** The detector with these parameters in force. @throws BadSetting */
export function makeDetector(name: string, parameters: Parameters): Detector {
  return detectorFactory(name)(checkParameters(name, parameters));
}
