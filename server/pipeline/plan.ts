import type { Detector } from '../detector.ts';
import { factories } from '../detectors/index.ts';
import type { CutState } from './cut.ts';
import type { Setting } from './input.ts';
import { standing, type Roster } from './roster.ts';

export type Settings = CutState['settings'];

/** Who watches what. */
export interface Plan {
  readonly roster: Roster;
  readonly settings: Settings;
  /** As they are set. */
  readonly detectors: readonly Detector[];
  /** By place of a series: the detectors that watch its points, and the windows that it ends. */
  readonly points: readonly (readonly number[])[];
  readonly windows: readonly (readonly number[])[];
  /** The detectors that see series together, and which, by place. */
  readonly together: readonly { readonly order: number; readonly watched: readonly boolean[] }[];
}

export function planOf(detectors: readonly Detector[], roster: Roster, settings: Settings): Plan {
  const set = detectors.map((one) => {
    const setting = settings[one.name];
    return setting ? asSet(one, setting) : one;
  });
  const watching = (place: number, input: Detector['input']): number[] => {
    const { rank, binding } = roster.members[place];
    const stands = standing(roster, place);
    return [...set.keys()].filter((i) => {
      const detector = set[i];
      if (detector.input !== input || settings[detector.name]?.enabled === false) return false;
      return (rank === 0 || detector.ranks === 'all') && detector.watches(binding, stands);
    });
  };
  const places = [...roster.members.keys()];
  return {
    roster,
    settings,
    detectors: set,
    points: places.map((place) => watching(place, 'points')),
    windows: places.map((place) => watching(place, 'windows')),
    together: [...set.keys()].flatMap((order) => {
      const { name, together } = set[order];
      if (!together || settings[name]?.enabled === false) return [];
      const watched = roster.members.map(({ binding, rank }) => together.watches(binding, rank));
      return watched.includes(true) ? [{ order, watched }] : [];
    }),
  };
}

/** Detectors by how they are set: making one for every input would cost more than running it. */
const MADE = new WeakMap<Setting, Detector>();

/** The detector with its parameters set. Its state stays: no state depends on parameters. */
export function asSet(detector: Detector, setting: Setting): Detector {
  let made = MADE.get(setting);
  if (!made) {
    const factory = factories.get(detector.name);
    made = factory ? factory({ ...detector.parameters, ...setting.parameters }) : detector;
    MADE.set(setting, made);
  }
  return made;
}
