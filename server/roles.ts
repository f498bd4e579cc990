import type { DefineLine, Goal, Role, Split } from '../shared/lines.ts';

/** What a series is: its name and rank bound to a role, once, by declaration or by name. */
export interface Binding {
  readonly series: string;
  readonly role: Role;
  /** null: the name tells of no split, as for a learning rate. */
  readonly split: Split | null;
  /** What train and validation series of one thing have in common: "loss", "acc". */
  readonly quantity: string;
  /** Which way is better; null when neither is. */
  readonly goal: Goal | null;
  /** Declared as the series to judge the best epoch by. */
  readonly monitor: boolean;
}

/** Binds a series by its name, overridden by what was declared of it. */
export function bind(_series: string, _declared?: DefineLine): Binding {
  throw new Error('not yet');
}
