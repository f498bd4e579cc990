import type { Binding } from '../roles.ts';

/** −1 where higher is better, so that a value times it is better when it is lower; else 1. */
export function signOf({ goal }: Binding): 1 | -1 {
  return goal === 'max' ? -1 : 1;
}
