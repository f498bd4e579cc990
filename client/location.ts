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

export function createLocation(): Location {
  const address = signal(parseAddress(location.hash));
  addEventListener('hashchange', () => (address.value = parseAddress(location.hash)));
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
      const changed = { ...address.peek(), params };
      history.replaceState(null, '', formatAddress(changed));
      address.value = changed;
    },
  };
}
