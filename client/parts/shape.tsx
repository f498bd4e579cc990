import type { JSX } from 'preact';
import type { RunStatus } from '../../shared/frames.ts';
import type { Severity } from '../../shared/lines.ts';
import { SHAPES } from '../shapes.ts';

/** A severity or a status as a shape in its colour. */
export function Shape({ of }: { of: Severity | RunStatus }): JSX.Element {
  return (
    <svg class={`shape ${of}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={SHAPES[of]} />
    </svg>
  );
}

/** A run's status as a shape and a word. */
export function StatusMark({ status }: { status: RunStatus }): JSX.Element {
  return (
    <span class={`status ${status}`} data-testid="status">
      <Shape of={status} />
      {status}
    </span>
  );
}

const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];

/** How many findings there are of each severity. */
export function SeverityCounts({ of }: { of: readonly { severity: Severity }[] }): JSX.Element | null {
  if (of.length === 0) return null;
  return (
    <span class="counts">
      {SEVERITIES.map((severity) => {
        const count = of.filter((finding) => finding.severity === severity).length;
        return count === 0 ? null : (
          <span key={severity} class="count" title={`${count} open, ${severity}`}>
            <Shape of={severity} />
            <span aria-hidden="true">{count}</span>
            <span class="unseen">
              {count} {severity}
            </span>
          </span>
        );
      })}
    </span>
  );
}
