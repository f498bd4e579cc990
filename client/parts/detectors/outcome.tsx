import type { JSX } from 'preact';
import type { Firing, Score } from '../../../shared/backtest.ts';
import type { Finding } from '../../../shared/finding.ts';
import { formatCount, formatEpoch, formatPercent } from '../../format.ts';

/** How far the trial of other values has come. */
export type Tried =
  | { readonly is: 'idle' | 'trying' }
  | { readonly is: 'wrong'; readonly field: string | null; readonly message: string }
  | { readonly is: 'tried'; readonly score: Score };

/** What the detector says now, and what it would say. */
export function Outcome({ tried, now }: { tried: Tried; now: readonly Finding[] }): JSX.Element {
  const before = firstOf(now);
  if (tried.is !== 'tried')
    return (
      <p class="outcome small" aria-live="polite" data-testid="outcome" data-is={tried.is}>
        {tried.is === 'trying' ? 'Replaying the run …' : `Now: ${saidText(now.length, before)}.`}
        {tried.is === 'idle' && (
          <span class="muted"> Change a value to see where it would have fired; nothing is set by it.</span>
        )}
      </p>
    );
  const { firings, saved, kept, meanRegret, runs } = tried.score;
  const after = firstOf(firings);
  return (
    <div class="outcome small" aria-live="polite" data-testid="outcome" data-is="tried">
      <p>
        <strong>With this: {saidText(firings.length, after)}</strong>
        {before && after && before.step !== after.step && (
          <>
            , {formatCount(Math.abs(after.step - before.step))} steps{' '}
            {after.step < before.step ? 'earlier' : 'later'} than now
          </>
        )}
        . <span class="muted">Now: {saidText(now.length, before)}.</span>
      </p>
      {runs > 0 && firings.length > 0 && (
        <p class="muted">
          Stopping there would have saved {formatPercent(saved)} of the validations,{' '}
          {kept === 1 ? 'and kept the best' : `and missed the best by ${formatPercent(meanRegret)}`}.
        </p>
      )}
    </div>
  );
}

function firstOf<Said extends Pick<Firing, 'step' | 'epoch'>>(all: readonly Said[]): Said | undefined {
  return [...all].sort((a, b) => a.step - b.step).at(0);
}

function saidText(count: number, first: Pick<Firing, 'step' | 'epoch'> | undefined): string {
  if (!first) return 'says nothing';
  const epoch = first.epoch === null ? '' : ` (epoch ${formatEpoch(first.epoch)})`;
  return `speaks ${count === 1 ? 'once' : `${formatCount(count)} times`}, first at step ${formatCount(first.step)}${epoch}`;
}
