import type { JSX } from 'preact';
import type { RunState } from '../../../shared/frames.ts';
import { formatItem, formatSetting, plural } from '../../format.ts';
import { configOf, differingKeys } from '../../runs/config.ts';

/** Only the settings in which the runs differ; what differs from the baseline stands out. */
export function Differences({
  runs,
  base,
}: {
  runs: readonly RunState[];
  base: RunState;
}): JSX.Element | null {
  const keys = differingKeys(runs);
  if (runs.length < 2) return null;
  return (
    <section class="card" aria-labelledby="differences-title">
      <h2 id="differences-title">
        Config{' '}
        <span class="muted">
          {keys.length === 0
            ? 'the same in all runs'
            : `only the ${plural(keys.length, 'setting')} that differ`}
        </span>
      </h2>
      {keys.length > 0 && (
        <div class="table-scroll" role="region" aria-label="Settings that differ" tabIndex={0}>
          <table class="figures-table mono" data-testid="differences">
            <thead>
              <tr>
                <th scope="col">Setting</th>
                {runs.map(({ run, name }) => (
                  <th key={run} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {keys.slice(0, 100).map((key) => (
                <tr key={key}>
                  <th scope="row">{key}</th>
                  {runs.map((run) => (
                    <td key={run.run} class={differs(run, base, key) ? 'differs' : 'muted'}>
                      {valueText(run, key)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function differs(run: RunState, base: RunState, key: string): boolean {
  return configOf(run).get(key) !== configOf(base).get(key);
}

function valueText(run: RunState, key: string): string {
  const value = configOf(run).get(key);
  return typeof value === 'number' ? formatSetting(value) : formatItem(value);
}
