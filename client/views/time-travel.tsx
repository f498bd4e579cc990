import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { RunState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { formatCount, formatEpoch, plural } from '../format.ts';
import { Age } from '../parts/age.tsx';
import { Shape } from '../parts/shape.tsx';
import { type Move, type Stops, stopsOf } from '../stops.ts';

/** The run as of an earlier step: says so, and moves along its steps. */
export function TimeTravel({ run }: { run: RunState }): JSX.Element | null {
  const { travel } = useApp();
  return travel.asof.value === null ? null : <Bar run={run} at={travel.asof.value} />;
}

function Bar({ run, at }: { run: RunState; at: number }): JSX.Element {
  const { travel, feed, state } = useApp();
  const beat = feed.beat.value;
  const all = state.findings(run.run).value;
  const look = feed.look.value;
  const stops = useMemo(() => stopsOf(look?.points, run, all), [look, beat, run.step, all]);
  useMoves(stops);
  const past = travel.past.value;
  const place = (step: number): string =>
    `${(100 * (step - stops.first)) / Math.max(1, stops.last - stops.first)}%`;
  const events = stops.said.filter(({ step }) => step >= stops.first && step <= stops.last);
  const open = past?.findings.filter(({ status }) => status === 'open').length ?? 0;
  return (
    <section class="travel" aria-label="Time travel" aria-busy={travel.asking.value} data-testid="travel">
      <div class="travel-line">
        <p role="status" data-testid="travel-says">
          <strong>As of step {formatCount(at)}</strong>
          {typeof past?.epoch === 'number' && `, epoch ${formatEpoch(past.epoch)}`}
          {typeof past?.time === 'number' && (
            <span class="muted">
              {' · '}
              <Age time={past.time} />
            </span>
          )}
          <span class="muted">
            {' · '}
            {travel.wrong.value ||
              (travel.asking.value
                ? 'asking what was known …'
                : `what was known then: ${open === 0 ? 'no finding' : plural(open, 'finding')} open`)}
          </span>
        </p>
        <button type="button" class="strong" data-testid="travel-back" onClick={() => travel.go(null)}>
          Back to live
        </button>
      </div>
      <div class="travel-line">
        <MoveButton label="Finding before" keys="<" to={stops.saidBefore(at)} />
        <MoveButton label="Point before" keys="," to={stops.before(at)} />
        <span class="track">
          <input
            type="range"
            min={stops.first}
            max={stops.last}
            step={1}
            value={at}
            aria-label="As of step"
            aria-valuetext={`step ${formatCount(at)}`}
            data-testid="travel-slider"
            onInput={(event) => travel.go(Number(event.currentTarget.value))}
          />
          {events.map(({ id, step, severity, title }) => (
            <span key={id} class="said" style={{ insetInlineStart: place(step) }} title={title}>
              <Shape of={severity} />
            </span>
          ))}
        </span>
        <MoveButton label="Next point" keys="." to={stops.after(at)} />
        <MoveButton label="Next finding" keys=">" to={stops.saidAfter(at)} />
      </div>
    </section>
  );
}

/** A step on or back, to where there is one. */
function MoveButton({
  label,
  keys,
  to,
}: {
  label: string;
  keys: string;
  to: number | undefined;
}): JSX.Element {
  const { travel } = useApp();
  return (
    <button
      type="button"
      class="quiet move"
      disabled={to === undefined}
      title={`${label} (${keys})`}
      aria-label={label}
      data-testid={`travel-${label.toLowerCase().replace(' ', '-')}`}
      onClick={() => to !== undefined && travel.go(to)}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={MOVES[keys]} />
      </svg>
    </button>
  );
}

const MOVES: Readonly<Record<string, string>> = {
  '<': 'M12 2.5 6 8l6 5.5zM3 2.5h2v11H3z',
  ',': 'M11 2.5 4.5 8l6.5 5.5z',
  '.': 'm5 2.5 6.5 5.5L5 13.5z',
  '>': 'm4 2.5 6 5.5-6 5.5zM11 2.5h2v11h-2z',
};

/** The keys that step, as the key sheet has them. */
function useMoves(stops: Stops): void {
  const { travel } = useApp();
  useEffect(() => {
    const moves: Readonly<Partial<Record<string, Move>>> = {
      ',': stops.before,
      '.': stops.after,
      '<': stops.saidBefore,
      '>': stops.saidAfter,
    };
    const step = (event: Event): void => {
      const to = moves[(event as CustomEvent<string>).detail]?.(travel.asof.peek() ?? 0);
      if (to !== undefined) travel.go(to);
    };
    document.addEventListener('tidemark:travel', step);
    return () => document.removeEventListener('tidemark:travel', step);
  }, [stops]);
}
