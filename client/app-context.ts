import type { ReadonlySignal, Signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Finding } from '../shared/finding.ts';
import type { Actions } from './actions.ts';
import type { Location } from './location.ts';
import type { Alerts } from './alerts.ts';
import type { Ask } from './api.ts';
import type { Span } from './chart/range.ts';
import type { Redraw } from './chart/redraw.ts';
import type { ChartState } from './chart-state.ts';
import type { Feed } from './feed.ts';
import type { Notifier } from './notify.ts';
import type { Opening } from './opening.ts';
import type { Palette } from './palette.ts';
import type { TimeTravel } from './past.ts';
import type { State } from './state.ts';
import type { Theme } from './theme.ts';
import type { Toasts } from './toasts.ts';

/** What every view may need, made once by `main`. */
export interface App {
  readonly state: State;
  readonly feed: Feed;
  /** What the address names, and how it is shown. */
  readonly location: Location;
  /** Id of the run that the address names. */
  readonly route: ReadonlySignal<string | null>;
  readonly alerts: Alerts;
  /** The run that is looked at, as of an earlier step. */
  readonly travel: TimeTravel;
  readonly opening: Opening;
  readonly notifier: Notifier;
  readonly theme: Signal<Theme>;
  readonly palette: Palette;
  readonly redraw: Redraw<Element>;
  readonly ask: Ask;
  readonly actions: Actions;
  readonly toasts: Toasts;
  /** Told which series of which run have new points. */
  readonly listeners: Set<(series: ReadonlySet<string>, run: string) => void>;
  /** How charts are shown. */
  readonly charts: ChartState;
  /** Place on the charts' axis under the pointer, on whichever chart. */
  readonly cursor: Signal<number | null>;
  /** What charts are zoomed to, in places on their axis. */
  readonly zoom: Signal<Span | null>;
  /** Id of the finding that is pointed at, in the list or on a curve. */
  readonly lit: Signal<string | null>;
  /** The finding that was chosen, and where: the other side comes into view. */
  readonly chosen: Signal<{ readonly id: string; readonly on: 'curve' | 'list' } | null>;
  /** What a detector, set otherwise, would say of a run; null while nothing is tried. */
  readonly trial: Signal<Trial | null>;
  /** Ids of the runs that are selected in the table. */
  readonly selected: Signal<ReadonlySet<string>>;
  /** The run whose name, tags and notes are being edited. */
  readonly editing: Signal<string | null>;
  /** Whether the keys are being explained. */
  readonly keysShown: Signal<boolean>;
  /** Tries to connect at once. */
  readonly retry: () => void;
}

export interface Trial {
  readonly run: string;
  readonly detector: string;
  readonly findings: readonly Finding[];
}

const Context = createContext<App | null>(null);

export const AppProvider = Context.Provider;

export function useApp(): App {
  const app = useContext(Context);
  if (!app) throw new Error('app: must be given by AppProvider, got none');
  return app;
}
