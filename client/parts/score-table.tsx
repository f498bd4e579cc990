import type { JSX } from 'preact';
import type { Score } from '../../shared/backtest.ts';
import { formatCount, formatPercent, formatValue, humanise } from '../format.ts';

/** What would have come of each setting of a detector, over the runs it was tried on. */
export function ScoreTable({ scores }: { scores: readonly Score[] }): JSX.Element {
  return (
    <div class="score-scroll" role="region" aria-label="What would have come of each setting" tabIndex={0}>
      <table class="scores" data-testid="scores">
        <thead>
          <tr>
            <th scope="col">setting</th>
            <th scope="col">fired</th>
            <th scope="col">saved</th>
            <th scope="col">best kept</th>
            <th scope="col">regret</th>
            <th scope="col">worst</th>
            {scores.some(({ falseAlarms }) => falseAlarms !== null) && <th scope="col">false alarms</th>}
          </tr>
        </thead>
        <tbody>
          {scores.map(({ setting, runs, fired, saved, kept, meanRegret, worstRegret, falseAlarms }) => (
            <tr key={JSON.stringify(setting)}>
              <th scope="row">
                {Object.entries(setting)
                  .map(([name, value]) => `${humanise(name)} ${formatValue(value)}`)
                  .join(', ') || 'default'}
              </th>
              <td>
                {formatCount(fired)} of {formatCount(runs)}
              </td>
              <td>{formatPercent(saved)}</td>
              <td>{formatPercent(kept)}</td>
              <td>{formatPercent(meanRegret)}</td>
              <td>{formatPercent(worstRegret)}</td>
              {falseAlarms !== null && <td>{formatCount(falseAlarms)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
