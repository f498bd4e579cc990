import type { DefineLine } from '../../shared/lines.ts';
import type { Standing } from '../detector.ts';
import { bind, type Binding, isAccuracy } from '../roles.ts';

/** Who is who among the series of a run. Plain data, never mutated: a change makes a new roster. */
export interface Roster {
  /** In the order the series first appeared; a series keeps its place, by which states are kept. */
  readonly members: readonly Member[];
  readonly declared: Readonly<Record<string, DefineLine>>;
  /** Place of the series the best epoch is judged by. */
  readonly monitored: number | null;
  /** Place of the loss that is trained on, or what comes nearest. */
  readonly primary: number | null;
  /** Place of the series by which the run is compared with guessing: an accuracy, else the primary one. */
  readonly baseline: number | null;
  /** Place of the series that tells the epoch. */
  readonly epoch: number | null;
  /** Place of the learning rate. */
  readonly rate: number | null;
}

export interface Member {
  readonly rank: number;
  readonly binding: Binding;
  /** Ascends in the order in which the run's series were first logged; those of one line in the line's order. */
  readonly logged: number;
  /** Place of the training series of the same quantity, for a series that validates. */
  readonly training: number | null;
  /** Counts as a validation series: its points are cut into windows. */
  readonly validates: boolean;
}

export const EMPTY_ROSTER: Roster = {
  members: [],
  declared: {},
  monitored: null,
  primary: null,
  baseline: null,
  epoch: null,
  rate: null,
};

/** Places by rank and name; a cache beside the roster, which stays plain data. */
const PLACES = new WeakMap<Roster, Map<number, Map<string, number>>>();

/** Place of a series; undefined before it was enrolled. */
export function placeOf(roster: Roster, rank: number, series: string): number | undefined {
  let places = PLACES.get(roster);
  if (!places) {
    places = new Map();
    for (const [place, member] of roster.members.entries()) {
      const ofRank = places.get(member.rank) ?? new Map<string, number>();
      places.set(member.rank, ofRank.set(member.binding.series, place));
    }
    PLACES.set(roster, places);
  }
  return places.get(rank)?.get(series);
}

/** What the member at `place` is among the others. */
export function standing(roster: Roster, place: number): Standing {
  return {
    monitored: roster.monitored === place,
    primary: roster.primary === place,
    baseline: roster.baseline === place,
    pace:
      (roster.primary ??
        roster.members.findIndex(
          ({ rank, binding }) => rank === 0 && !binding.series.startsWith('system/'),
        )) === place,
  };
}

/** Takes in series seen for the first time in one line, given in the line's order; they are enrolled in that of names. */
export function enrol(roster: Roster, rank: number, series: readonly string[]): Roster {
  const before = roster.members.length;
  const added = series.toSorted().map((name): Member => {
    const declared = Object.hasOwn(roster.declared, name) ? roster.declared[name] : undefined;
    const logged = before + series.indexOf(name);
    return { rank, binding: bind(name, declared), logged, training: null, validates: false };
  });
  return relate({ ...roster, members: [...roster.members, ...added] });
}

/** Takes in a declaration, of a series seen or not yet seen. Later declarations add to earlier ones. */
export function declare(roster: Roster, define: DefineLine): Roster {
  const before = Object.hasOwn(roster.declared, define.series) ? roster.declared[define.series] : {};
  const declaration = { ...before, ...define };
  const members = roster.members.map((member) =>
    member.binding.series === define.series
      ? { ...member, binding: bind(define.series, declaration) }
      : member,
  );
  return relate({ ...roster, members, declared: { ...roster.declared, [define.series]: declaration } });
}

/** Settles which series validate, what they are paired with, and by which the run is judged. */
function relate(roster: Roster): Roster {
  const judged = roster.members.map(({ rank, binding: { role } }) =>
    rank === 0 ? role === 'loss' || role === 'metric' : false,
  );
  const splitOf = (place: number): Binding['split'] => roster.members[place].binding.split;
  const places = [...judged.keys()].filter((place) => judged[place]);
  const quantitiesValidated = new Set(
    places
      .filter((place) => splitOf(place) === 'validation')
      .map((place) => roster.members[place].binding.quantity),
  );
  const trainings = new Map<string, number>();
  for (const place of places) {
    const { quantity } = roster.members[place].binding;
    if (splitOf(place) === 'train' && !trainings.has(quantity)) trainings.set(quantity, place);
  }
  const members = roster.members.map((member, place): Member => {
    const { split, quantity } = member.binding;
    const validates =
      judged[place] &&
      (split === 'validation' ||
        (split === 'test' && !quantitiesValidated.has(quantity)) ||
        member.binding.monitor);
    return { ...member, validates, training: validates ? (trainings.get(quantity) ?? null) : null };
  });
  const monitored = monitoredOf(members);
  const first = (role: Binding['role']): number | null => {
    const place = members.findIndex(({ rank, binding }) => rank === 0 && binding.role === role);
    return place < 0 ? null : place;
  };
  const primary = primaryOf(members, monitored);
  return {
    ...roster,
    members,
    monitored,
    primary,
    baseline: accuracyOf(members) ?? primary,
    epoch: first('epoch'),
    rate: first('lr'),
  };
}

/** Declared, else the validation loss, else another validation metric that has a goal. */
function monitoredOf(members: readonly Member[]): number | null {
  const place = (matches: (member: Member) => boolean): number | null => {
    const found = members.findIndex((member) => member.rank === 0 && matches(member));
    return found < 0 ? null : found;
  };
  return (
    place(({ binding }) => binding.monitor && binding.goal !== null) ??
    place(({ validates, binding }) => validates && binding.role === 'loss' && binding.quantity === 'loss') ??
    place(({ validates, binding }) => validates && binding.role === 'loss' && binding.goal !== null) ??
    place(({ validates, binding }) => validates && binding.goal !== null)
  );
}

/** The accuracy of validation, else of training. */
function accuracyOf(members: readonly Member[]): number | null {
  const accuracies = [...members.keys()].filter(
    (place) => members[place].rank === 0 && isAccuracy(members[place].binding),
  );
  return accuracies.find((place) => members[place].validates) ?? accuracies.at(0) ?? null;
}

/**
 * The training loss called "loss", else the one paired with the monitored series, else the only training loss, else
 * the monitored series. Of several losses with other names (a generator's, a discriminator's) none is the run's.
 */
function primaryOf(members: readonly Member[], monitored: number | null): number | null {
  const losses = [...members.keys()].filter((place) => {
    const { rank, binding } = members[place];
    return rank === 0 && binding.role === 'loss' && binding.split === 'train' && binding.goal === 'min';
  });
  const named = losses.find((place) => members[place].binding.quantity === 'loss');
  if (named !== undefined) return named;
  const paired = monitored === null ? null : members[monitored].training;
  if (paired !== null) return paired;
  if (losses.length === 1) return losses[0];
  return losses.length === 0 ? monitored : null;
}
