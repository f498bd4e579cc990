import type { JSX } from 'preact';
import type { RunState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { viewLink } from '../share.ts';
import { Shape } from './shape.tsx';

/** What stands above charts in a frame of another page: whose they are, how the run stands, and the way to all of it. */
export function EmbedHead({ run }: { run: RunState }): JSX.Element {
  const { location } = useApp();
  return (
    <header class="embed-head" data-testid="embed-head">
      <Shape of={run.status} />
      <h1>
        <a href={viewLink(globalThis.location.href, location.address.value)} target="_blank" rel="noopener">
          {run.name}
        </a>
      </h1>
      <span class="muted clip">{run.verdict}</span>
    </header>
  );
}
