import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { type Address, formatAddress, parseAddress } from './address.ts';

/** The whole state of the view, in the address: a link shows what its sender saw. In the hash, so that any server serves it. */
export interface Location {
  readonly address: ReadonlySignal<Address>;
  /** Id of the run that is looked at. */
  readonly route: ReadonlySignal<string | null>;
  /** A part of how it is shown; '' where it is not said. */
  param(name: string): string;
  /** Changes parts of how it is shown, without a step back; null or '' takes one away. */
  show(parts: Readonly<Record<string, string | null>>): void;
}

/** The address is written at once, but for more than so many times in so many ms: browsers refuse to follow a slider. */
const BURST = 10;
const WITHIN = 3_000;

export function createLocation(): Location {
  const address = signal(parseAddress(location.hash));
  /** When it was written, the latest last, ms. */
  const written: number[] = [];
  let waiting = 0;
  addEventListener('hashchange', () => {
    clearTimeout(waiting);
    waiting = 0;
    address.value = parseAddress(location.hash);
  });
  const write = (): void => {
    waiting = 0;
    written.push(performance.now());
    if (written.length > BURST) written.shift();
    history.replaceState(null, '', formatAddress(address.peek()));
  };
  return {
    address,
    route: computed(() => address.value.run),
    param: (name) => address.value.params.get(name) ?? '',
    show: (parts) => {
      const params = new Map(address.peek().params);
      for (const [name, value] of Object.entries(parts)) {
        if (value === null || value === '') params.delete(name);
        else params.set(name, value);
      }
      address.value = { ...address.peek(), params };
      if (waiting !== 0) return;
      const wait = written.length < BURST ? 0 : written[0] + WITHIN - performance.now();
      if (wait <= 0) write();
      else waiting = window.setTimeout(write, wait);
    },
  };
}
