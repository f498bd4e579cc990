import type { JSX } from 'preact';
import { useApp } from '../app-context.ts';
import { formatAge } from '../format.ts';

/** How long ago something was, by the server's clock, ticking. @param time in seconds since 1970 */
export function Age({ time }: { time: number }): JSX.Element {
  const { state } = useApp();
  return (
    <time class="age" dateTime={new Date(time * 1000).toISOString()}>
      {formatAge(state.clock.value - time)}
    </time>
  );
}
