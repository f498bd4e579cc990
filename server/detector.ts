import type { Severity } from '../shared/lines.ts';
import type { Facts } from './facts.ts';
import type { Binding } from './roles.ts';

/**
 * A detector: a pure, incremental state machine over one series or one train/validation pair of a run.
 *
 * `update(state, input) → { state, says }`. The state is bounded plain data (numbers, strings, arrays, typed arrays,
 * objects: what structured clone copies), never mutated once returned. No clock, no I/O, no RxJS: the same inputs
 * give the same findings however they are cut into batches, replayed, or resumed from a saved state.
 *
 * Most look at one series or pair at a time; what compares layers or ranks has a part that sees them `together`.
 *
 * What the run has declared of its data comes with every update: it may be known late, and a detector that wants it
 * goes by what is known then.
 *
 * Adding one: a file here, a test, a section in docs/detectors.md, and its name in `detectors/index.ts`.
 */
export type Detector<State = unknown> = PointDetector<State> | WindowDetector<State>;

interface DetectorBase<State> {
  /** Kebab-case; the name in findings, settings and docs. */
  readonly name: string;
  /** The parameters in force, as they may be set: `{ patience: 5 }`. */
  readonly parameters: Readonly<Record<string, number>>;
  /**
   * What its findings are of. "series": each series has its own. "run": the run has one, on which every series that
   * says the same is named: a NaN in three losses is one fact.
   */
  readonly subject: 'series' | 'run';
  /** Also looks at ranks other than 0. */
  readonly ranks?: 'all';
  /** Whether it has something to say of series bound like this. For windows: the validation series' binding. */
  watches(binding: Binding, standing: Standing): boolean;
  /** The state before the first input. */
  start(binding: Binding): State;
  /** What is left to say when the run has ended. */
  end?(state: State, facts: Facts): Step<State>;
  /** What there is to say of the run's silence. */
  silence?(state: State, silence: Silence): Step<State>;
  /** Seconds of silence after which there would be something to say; null: never. */
  due?(state: State): number | null;
  /** What it says of several series taken together, besides what it says of each. */
  readonly together?: Together;
}

/**
 * Looks at several series of a run row by row, such as the layers of a network or the ranks of a training: one state
 * for all of them. What it says needs a `key`, and names its series itself, the leading one first.
 *
 * A row is a line of one rank. Lines of different ranks come in the order they were accepted, which is replayed; a part
 * that compares ranks must not depend on which of them is ahead.
 */
export interface Together<State = unknown> {
  /** Whether a series is among them. */
  watches(binding: Binding, rank: number): boolean;
  /** The state before the first row. */
  start(): State;
  update(state: State, rows: Rows, facts: Facts): Step<State>;
}

/** Consecutive lines of one rank, as columns. */
export interface Rows {
  readonly rank: number;
  readonly steps: Float64Array;
  readonly times: Float64Array;
  readonly epochs: Float64Array;
  /** The series that have values in these rows, in the order they were first logged. */
  readonly columns: readonly RowsColumn[];
}

export interface RowsColumn {
  readonly binding: Binding;
  /** Ascends in the order in which the run's series were first logged. */
  readonly logged: number;
  /** One value a row; NaN where there is none. */
  readonly values: Float64Array;
}

/** Looks at every point of one series. */
export interface PointDetector<State = unknown> extends DetectorBase<State> {
  readonly input: 'points';
  update(state: State, points: Points, facts: Facts): Step<State>;
}

/** Looks at validations, each with the training points since the one before. */
export interface WindowDetector<State = unknown> extends DetectorBase<State> {
  readonly input: 'windows';
  update(state: State, windows: readonly Window[], facts: Facts): Step<State>;
}

/** Nothing came of a run that has not ended. Detectors have no clock: somebody else's tells them. */
export interface Silence {
  /** Since anything was heard of it. */
  readonly seconds: number;
  /** A trainer of it has gone, without an end. */
  readonly gone: boolean;
}

/** What a series is among the series of its run. */
export interface Standing {
  /** The best epoch is judged by it. */
  readonly monitored: boolean;
  /** The loss that is trained on, or what comes nearest: whether training makes progress is judged by it. */
  readonly primary: boolean;
  /** Whether the run is better than guessing is judged by it: an accuracy, or else the loss that is trained on. */
  readonly baseline: boolean;
  /** The run's rhythm is told by it: the primary series, or else the first. */
  readonly pace: boolean;
}

export interface Step<State> {
  readonly state: State;
  readonly says: readonly Said[];
}

/** Consecutive points of one series, in the order they were accepted; equally long columns. */
export interface Points {
  readonly binding: Binding;
  readonly steps: Float64Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** The epoch in force at each point; NaN where the run logs none. */
  readonly epochs: Float64Array;
  /** The learning rate in force at each point; NaN where the run logs none. */
  readonly rates: Float64Array;
}

/** One validation of a quantity, and the training points of that quantity since the validation before. */
export interface Window {
  /** The pair: the validation series' binding, and the training series' name where there is one. */
  readonly validation: Binding;
  readonly training: string | null;
  /** Validations of this pair before this one. */
  readonly index: number;
  readonly step: number;
  readonly time: number;
  readonly epoch: number | null;
  /** The learning rate in force. */
  readonly rate: number | null;
  /** The validation value; may be non-finite. */
  readonly value: number;
  /** The finite training values of the window; null when there were none. */
  readonly train: WindowSummary | null;
}

export interface WindowSummary {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
}

/**
 * What a detector says. Of one subject and `key` at most one finding is open: the first "open" opens it, later ones
 * update it (a higher severity escalates it), "resolved" closes it, and the next "open" is a new finding.
 */
export interface Said {
  /** Tells apart several facts of one detector about one subject; one is enough for most. */
  readonly key?: string;
  readonly status: 'open' | 'resolved';
  readonly severity: Severity;
  /** Series it is drawn on besides the one it was said of. */
  readonly series?: readonly string[];
  /** The step, and epoch, where what is described began. */
  readonly from: number;
  readonly epoch: number | null;
  /** Index of the point or window that made the detector say it, within the update's input; none when it ended. */
  readonly at?: number;
  /** One sentence, as a person would say it. */
  readonly title: string;
  /** The same in a few words with what to do, for the run's one-line verdict: "Diverged at step 1200: lower the learning rate". */
  readonly verdict: string;
  /** Numbers with their units in the key's words. */
  readonly evidence: Readonly<Record<string, number | null>>;
  /** What to do, the most likely first, each with its reason. */
  readonly advice: readonly string[];
}
