import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { type Arrangement, readArrangement, writeArrangement } from './chart-arrangement.ts';
import {
  type ChartSettings,
  readPin,
  readSettings,
  readSpan,
  writeSettings,
  writeSpan,
} from './chart-settings.ts';
import type { Axis } from './chart/axis.ts';
import type { Span } from './chart/range.ts';
import type { Location } from './location.ts';
import type { Store } from './storage.ts';

/** How the charts of a view are shown, in step with the address and with what the browser keeps. */
export interface ChartState {
  readonly settings: ReadonlySignal<ChartSettings>;
  /** What was zoomed to, in places on the axis; null: everything, or what is followed. */
  readonly zoom: Signal<Span | null>;
  /** The step that was pinned. */
  readonly pin: Signal<number | null>;
  /** How someone has arranged the charts of a project. */
  arrangement(project: string): Signal<Arrangement>;
  /** Changes how they are shown; with the axis, what was zoomed to is taken along. */
  readonly set: (changed: Partial<ChartSettings>) => void;
}

/** @param moved a span of one axis on another, where it is known */
export function createChartState(
  location: Location,
  store: Store,
  moved: (span: Span, from: Axis, to: Axis) => Span | null,
): ChartState {
  const zoom = signal<Span | null>(null);
  const pin = signal<number | null>(null);
  // The parts that settings hang on, so that they are the same object while these are the same.
  const settings = computed<ChartSettings>(
    (() => {
      let [said, known] = ['', readSettings(new Map())];
      return () => {
        const read = readSettings(location.address.value.params);
        const now = JSON.stringify(writeSettings(read));
        if (now !== said) [said, known] = [now, read];
        return known;
      };
    })(),
  );

  const charted = (): boolean => ['run', 'compare'].includes(location.address.peek().view);
  /** Keeps a signal and a part of the address the same. */
  const bind = <T>(
    name: string,
    value: Signal<T | null>,
    read: (text: string) => T | null,
    write: (value: T) => string,
  ): void => {
    const text = computed(() => location.param(name));
    const spelt = (now: T | null): string => (now === null ? '' : write(now));
    effect(() => {
      if (spelt(value.peek()) !== text.value) value.value = read(text.value);
    });
    value.subscribe((now) => {
      if (charted() && spelt(now) !== text.peek()) location.show({ [name]: spelt(now) });
    });
  };
  bind('zoom', zoom, readSpan, writeSpan);
  bind('pin', pin, readPin, String);

  const arrangements = new Map<string, Signal<Arrangement>>();
  return {
    settings,
    zoom,
    pin,
    arrangement: (project) => {
      let known = arrangements.get(project);
      if (!known) {
        known = signal(readArrangement(store, project));
        arrangements.set(project, known);
        let first = true;
        known.subscribe((now) => {
          if (!first) writeArrangement(store, project, now);
          first = false;
        });
      }
      return known;
    },
    set: (changed) => {
      const { axis } = settings.peek();
      const said = writeSettings(changed);
      if (changed.axis !== undefined && changed.axis !== axis && zoom.peek()) {
        const span = moved(zoom.peek()!, axis, changed.axis);
        said.zoom = span ? writeSpan(span) : null;
      }
      location.show(said);
    },
  };
}
